using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.Coyote.Actors;
using Microsoft.Coyote.Specifications;
using Microsoft.Coyote.SystematicTesting;

namespace HelloWorld;

// ANCHOR: messages
// Asks for a pong.
internal sealed class Ping(ActorId caller) : Event
{
    internal ActorId Caller => caller;
}

// Answers a ping.
internal sealed class Pong : Event;

// Tells the monitor that a client sends a ping.
internal sealed class Asked(ActorId client) : Monitor.Event
{
    internal ActorId Client => client;
}

// Tells the monitor that a client got a pong.
internal sealed class Got(ActorId client) : Monitor.Event
{
    internal ActorId Client => client;
}
// ANCHOR_END: messages

// ANCHOR: server
internal sealed class ServerSetup(bool remembersCaller) : Event
{
    // The bug: whether the answer is left for another turn, with the caller in a field until then.
    internal bool RemembersCaller => remembersCaller;
}

// What a server that remembers sends to itself.
internal sealed class Reply : Event;

[OnEventDoAction(typeof(Ping), nameof(OnPing))]
[OnEventDoAction(typeof(Reply), nameof(OnReply))]
internal sealed class Server : Actor
{
    private bool RemembersCaller;
    private ActorId Caller;

    protected override Task OnInitializeAsync(Event initialEvent)
    {
        this.RemembersCaller = ((ServerSetup)initialEvent).RemembersCaller;
        return Task.CompletedTask;
    }

    private void OnPing(Event e)
    {
        var ping = (Ping)e;
        this.Logger.WriteLine($"handling ping from {ping.Caller}");
        if (this.RemembersCaller)
        {
            this.Caller = ping.Caller;
            this.SendEvent(this.Id, new Reply());
        }
        else
        {
            this.SendEvent(ping.Caller, new Pong());
        }
    }

    // Others may have been here since the ping.
    private void OnReply()
    {
        this.SendEvent(this.Caller, new Pong());
    }
}
// ANCHOR_END: server

// ANCHOR: client
internal sealed class ClientSetup(ActorId server) : Event
{
    internal ActorId Server => server;
}

[OnEventDoAction(typeof(Pong), nameof(OnPong))]
internal sealed class Client : Actor
{
    protected override Task OnInitializeAsync(Event initialEvent)
    {
        this.Logger.WriteLine("initializing");
        this.Monitor<Answered>(new Asked(this.Id));
        this.Logger.WriteLine("sending ping to server");
        this.SendEvent(((ClientSetup)initialEvent).Server, new Ping(this.Id));
        return Task.CompletedTask;
    }

    private void OnPong()
    {
        this.Logger.WriteLine("pong received");
        this.Monitor<Answered>(new Got(this.Id));
    }
}
// ANCHOR_END: client

// ANCHOR: monitor
// Whoever asks gets an answer, and not two.
internal sealed class Answered : Monitor
{
    private readonly HashSet<ActorId> AskedBy = new();
    private readonly HashSet<ActorId> GotBy = new();

    [Start]
    [Cold]
    [OnEventDoAction(typeof(Asked), nameof(OnAsked))]
    [OnEventDoAction(typeof(Got), nameof(OnGot))]
    private sealed class AllAnswered : State;

    [Hot]
    [OnEventDoAction(typeof(Asked), nameof(OnAsked))]
    [OnEventDoAction(typeof(Got), nameof(OnGot))]
    private sealed class Open : State;

    private void OnAsked(Event e)
    {
        this.AskedBy.Add(((Asked)e).Client);
        this.RaiseGotoStateEvent<Open>();
    }

    private void OnGot(Event e)
    {
        this.Assert(this.GotBy.Add(((Got)e).Client), "a client got a second pong for one ping");
        if (this.GotBy.Count == this.AskedBy.Count)
        {
            this.RaiseGotoStateEvent<AllAnswered>();
        }
    }
}
// ANCHOR_END: monitor

// ANCHOR: test
public static class Tests
{
    [Test]
    public static void ThreeClients(IActorRuntime runtime)
    {
        runtime.RegisterMonitor<Answered>();
        var server = runtime.CreateActor(typeof(Server), new ServerSetup(remembersCaller: true));
        for (var client = 0; client < 3; client++)
        {
            runtime.CreateActor(typeof(Client), new ClientSetup(server));
        }
    }
}
// ANCHOR_END: test
