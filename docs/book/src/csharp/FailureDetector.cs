using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.Coyote.Actors;
using Microsoft.Coyote.Specifications;
using Microsoft.Coyote.SystematicTesting;

namespace FailureDetector;

// ANCHOR: messages
// How the detector works.
internal sealed class Rules(bool comparesRounds, int? rounds = null)
{
    // The bug, if it is false: whether a pong counts only in the round of its ping.
    internal bool ComparesRounds => comparesRounds;

    // After how many rounds it stops; if none is said, when no node is left.
    internal int? Rounds => rounds;
}

// The first event of the detector.
internal sealed class Watch(ActorId[] nodes, Rules rules) : Event
{
    internal ActorId[] Nodes => nodes;
    internal Rules Rules => rules;
}

// To the detector: somebody wants to know which nodes fail, and which have failed.
internal sealed class Register(ActorId client) : Event
{
    internal ActorId Client => client;
}

// To the detector: somebody no longer wants to know.
internal sealed class Unregister(ActorId client) : Event
{
    internal ActorId Client => client;
}

// From the detector to its clients: a node has failed.
internal sealed class NodeFailed(ActorId node) : Event
{
    internal ActorId Node => node;
}

// To a node: is it alive?
internal sealed class Ping(ActorId from, int round) : Event
{
    internal ActorId From => from;
    internal int Round => round;
}

// From a node: it is.
internal sealed class Pong(ActorId node, int round) : Event
{
    internal ActorId Node => node;
    internal int Round => round;
}

// Its own: every node has answered or failed.
internal sealed class RoundDone : Event;

// The first event of the timer.
internal sealed class TimerSetup(ActorId client) : Event
{
    internal ActorId Client => client;
}

// To the timer: send a timeout.
internal sealed class StartTimer(int afterMs) : Event
{
    internal int AfterMs => afterMs;
}

// From the timer: the time has passed.
internal sealed class Timeout : Event;

// To the timer: do not send a timeout.
internal sealed class Cancel : Event;

// From the timer: it sends none.
internal sealed class CancelOk : Event;

// From the timer: it has sent one, or does so now.
internal sealed class CancelFailed : Event;
// ANCHOR_END: messages

// ANCHOR: driver
// The first event of the driver.
internal sealed class DriverSetup(int nodes, Rules rules) : Event
{
    internal int Nodes => nodes;
    internal Rules Rules => rules;
}

// Has nodes watched, ends them, and wants to be told so.
[OnEventDoAction(typeof(NodeFailed), nameof(OnNodeFailed))]
internal sealed class Driver : Actor
{
    protected override Task OnInitializeAsync(Event initialEvent)
    {
        var setup = (DriverSetup)initialEvent;
        var nodes = Enumerable.Range(0, setup.Nodes).Select(_ => this.CreateActor(typeof(Node))).ToArray();
        this.Monitor<Liveness>(new Liveness.Registered(nodes));
        var detector = this.CreateActor(typeof(Detector), new Watch(nodes, setup.Rules));
        this.SendEvent(detector, new Register(this.Id));
        foreach (var node in nodes)
        {
            this.SendEvent(node, HaltEvent.Instance);
        }

        return Task.CompletedTask;
    }

    private void OnNodeFailed(Event e)
    {
        this.Monitor<Liveness>(new Liveness.Told(((NodeFailed)e).Node));
    }
}
// ANCHOR_END: driver

// ANCHOR: node
// Answers pings until it is halted.
[OnEventDoAction(typeof(Ping), nameof(OnPing))]
internal sealed class Node : Actor
{
    private void OnPing(Event e)
    {
        var ping = (Ping)e;
        this.Monitor<Safety>(new Safety.Ponged(this.Id));
        this.SendEvent(ping.From, new Pong(this.Id, ping.Round));
    }
}
// ANCHOR_END: node

// ANCHOR: detector
// Pings nodes in rounds. Who leaves two pings of a round unanswered has failed, and clients are told.
internal sealed class Detector : StateMachine
{
    // How long nodes have for a pong.
    private const int PatienceMs = 100;

    // How long it is from one round to the next.
    private const int PauseMs = 1000;

    // How many pings in a round a node may leave unanswered.
    private const int AttemptsMax = 2;

    private Rules Rules;
    private ActorId Timer;
    private readonly HashSet<ActorId> Clients = new();
    private HashSet<ActorId> Alive;
    private readonly List<ActorId> Failed = new();

    // Rounds that are over.
    private int Round;

    // Who has answered in this one.
    private readonly HashSet<ActorId> Answered = new();
    private int Attempts;

    // Below all others, so what it handles is handled always.
    [Start]
    [OnEntry(nameof(Begin))]
    [OnEventDoAction(typeof(Register), nameof(OnRegister))]
    [OnEventDoAction(typeof(Unregister), nameof(OnUnregister))]
    private sealed class Init : State;

    [OnEntry(nameof(SendPings))]
    [OnEventDoAction(typeof(Pong), nameof(OnPong))]
    [OnEventDoAction(typeof(Timeout), nameof(OnTimeout))]
    [OnEventGotoState(typeof(RoundDone), typeof(Reset))]
    private sealed class SendPing : State;

    // Every node has answered; a timeout may be on its way.
    [OnEventDoAction(typeof(CancelOk), nameof(OnCancelOk))]
    [OnEventDoAction(typeof(CancelFailed), nameof(OnCancelFailed))]
    [DeferEvents(typeof(Timeout), typeof(Pong))]
    private sealed class WaitCancel : State;

    [OnEntry(nameof(EndRound))]
    [OnEventGotoState(typeof(Timeout), typeof(SendPing))]
    [IgnoreEvents(typeof(Pong))]
    private sealed class Reset : State;

    private void Begin(Event e)
    {
        var watch = (Watch)e;
        this.Rules = watch.Rules;
        this.Timer = this.CreateActor(typeof(Timer), new TimerSetup(this.Id));
        this.Alive = new HashSet<ActorId>(watch.Nodes);
        this.RaisePushStateEvent<SendPing>();
    }

    private void OnRegister(Event e)
    {
        var client = ((Register)e).Client;
        foreach (var node in this.Failed)
        {
            this.SendEvent(client, new NodeFailed(node));
        }

        this.Clients.Add(client);
    }

    private void OnUnregister(Event e)
    {
        this.Clients.Remove(((Unregister)e).Client);
    }

    private void SendPings()
    {
        foreach (var node in this.Alive.Except(this.Answered))
        {
            this.Monitor<Safety>(new Safety.Pinged(node));
            this.SendEvent(node, new Ping(this.Id, this.Round));
        }

        this.SendEvent(this.Timer, new StartTimer(PatienceMs));
    }

    private void OnPong(Event e)
    {
        var pong = (Pong)e;
        var late = this.Rules.ComparesRounds && pong.Round != this.Round;
        if (late || !this.Alive.Contains(pong.Node))
        {
            return;
        }

        this.Answered.Add(pong.Node);
        if (this.Answered.SetEquals(this.Alive))
        {
            this.SendEvent(this.Timer, new Cancel());
            this.RaisePushStateEvent<WaitCancel>();
        }
    }

    private void OnTimeout()
    {
        this.Attempts++;
        if (!this.Answered.SetEquals(this.Alive))
        {
            if (this.Attempts < AttemptsMax)
            {
                this.RaiseGotoStateEvent<SendPing>();
                return;
            }

            this.GiveUpSilentNodes();
        }

        this.RaiseEvent(new RoundDone());
    }

    // Takes this state off.
    private void OnCancelOk()
    {
        this.RaiseEvent(new RoundDone());
    }

    // The timeout comes next.
    private void OnCancelFailed()
    {
        this.RaisePopStateEvent();
    }

    private void EndRound()
    {
        this.Round++;
        this.Attempts = 0;
        this.Answered.Clear();
        if (this.Alive.Count > 0 && this.Round != this.Rules.Rounds)
        {
            this.SendEvent(this.Timer, new StartTimer(PauseMs));
        }
    }

    private void GiveUpSilentNodes()
    {
        foreach (var node in this.Alive.Except(this.Answered))
        {
            foreach (var client in this.Clients)
            {
                this.SendEvent(client, new NodeFailed(node));
            }

            this.Failed.Add(node);
        }

        this.Alive = new HashSet<ActorId>(this.Answered);
    }
}
// ANCHOR_END: detector

// ANCHOR: timer
// A timer that asks nobody for the time: it may fire as soon as it is armed, or much later. Whether it can still be
// cancelled is drawn.
internal sealed class Timer : StateMachine
{
    private ActorId Client;

    [Start]
    [OnEntry(nameof(Setup))]
    private sealed class Init : State;

    [OnEventGotoState(typeof(StartTimer), typeof(Armed))]
    [OnEventDoAction(typeof(Cancel), nameof(CancelNothing))]
    private sealed class Idle : State;

    [OnEventDoAction(typeof(DefaultEvent), nameof(Fire))]
    [OnEventDoAction(typeof(Cancel), nameof(OnCancel))]
    [IgnoreEvents(typeof(StartTimer))]
    private sealed class Armed : State;

    private void Setup(Event e)
    {
        this.Client = ((TimerSetup)e).Client;
        this.RaiseGotoStateEvent<Idle>();
    }

    private void CancelNothing()
    {
        this.SendEvent(this.Client, new CancelFailed());
    }

    private void Fire()
    {
        this.SendEvent(this.Client, new Timeout());
        this.RaiseGotoStateEvent<Idle>();
    }

    private void OnCancel()
    {
        if (this.RandomBoolean())
        {
            this.SendEvent(this.Client, new CancelOk());
        }
        else
        {
            this.SendEvent(this.Client, new CancelFailed());
            this.SendEvent(this.Client, new Timeout());
        }

        this.RaiseGotoStateEvent<Idle>();
    }
}
// ANCHOR_END: timer

// ANCHOR: safety
// No node has more than three pings to answer.
internal sealed class Safety : Monitor
{
    private const int UnansweredMax = 3;

    internal sealed class Pinged(ActorId node) : Event
    {
        internal ActorId Node => node;
    }

    internal sealed class Ponged(ActorId node) : Event
    {
        internal ActorId Node => node;
    }

    private readonly Dictionary<ActorId, int> Unanswered = new();

    [Start]
    [OnEventDoAction(typeof(Pinged), nameof(OnPinged))]
    [OnEventDoAction(typeof(Ponged), nameof(OnPonged))]
    private sealed class Watching : State;

    private void OnPinged(Event e)
    {
        var node = ((Pinged)e).Node;
        var unanswered = this.Unanswered.GetValueOrDefault(node) + 1;
        this.Unanswered[node] = unanswered;
        this.Assert(unanswered <= UnansweredMax, "a node has {0} pings to answer", unanswered);
    }

    private void OnPonged(Event e)
    {
        var node = ((Ponged)e).Node;
        var unanswered = this.Unanswered.GetValueOrDefault(node);
        this.Assert(unanswered > 0, "a node answers a ping that was not sent");
        this.Unanswered[node] = unanswered - 1;
    }
}
// ANCHOR_END: safety

// ANCHOR: liveness
// Of every node that fails the driver is told in the end.
internal sealed class Liveness : Monitor
{
    internal sealed class Registered(ActorId[] nodes) : Event
    {
        internal ActorId[] Nodes => nodes;
    }

    internal sealed class Told(ActorId node) : Event
    {
        internal ActorId Node => node;
    }

    // Of whom the driver has not been told.
    private HashSet<ActorId> Nodes;

    [Start]
    [Cold]
    [OnEventDoAction(typeof(Registered), nameof(OnRegistered))]
    private sealed class AllReported : State;

    [Hot]
    [OnEventDoAction(typeof(Told), nameof(OnTold))]
    private sealed class Open : State;

    private void OnRegistered(Event e)
    {
        this.Nodes = new HashSet<ActorId>(((Registered)e).Nodes);
        this.RaiseGotoStateEvent<Open>();
    }

    private void OnTold(Event e)
    {
        this.Nodes.Remove(((Told)e).Node);
        if (this.Nodes.Count == 0)
        {
            this.RaiseGotoStateEvent<AllReported>();
        }
    }
}
// ANCHOR_END: liveness

// ANCHOR: test
public static class Tests
{
    [Test]
    public static void TwoNodes(IActorRuntime runtime)
    {
        runtime.RegisterMonitor<Safety>();
        runtime.RegisterMonitor<Liveness>();
        runtime.CreateActor(typeof(Driver), new DriverSetup(2, new Rules(comparesRounds: false)));
    }
}
// ANCHOR_END: test
