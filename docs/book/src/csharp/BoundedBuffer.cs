using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Coyote.Random;
using Microsoft.Coyote.SystematicTesting;

namespace BoundedBuffer;

// ANCHOR: buffer
// A buffer with room for so many items.
//
// The bug, if `pulsesAll` is false: whether all that wait are woken, and not any one.
internal sealed class Buffer(int capacity, bool pulsesAll)
{
    private readonly object Sync = new();
    private readonly Queue<int> Items = new();

    // Waits for room.
    internal void Put(int item)
    {
        lock (this.Sync)
        {
            while (this.Items.Count == capacity)
            {
                Monitor.Wait(this.Sync);
            }

            this.Items.Enqueue(item);
            this.Pulse();
        }
    }

    // Waits for an item.
    internal int Take()
    {
        lock (this.Sync)
        {
            while (this.Items.Count == 0)
            {
                Monitor.Wait(this.Sync);
            }

            var item = this.Items.Dequeue();
            this.Pulse();
            return item;
        }
    }

    private void Pulse()
    {
        if (pulsesAll)
        {
            Monitor.PulseAll(this.Sync);
        }
        else
        {
            Monitor.Pulse(this.Sync);
        }
    }
}
// ANCHOR_END: buffer

// ANCHOR: program
// How many items the buffer has room for, how many tasks there are, and how many items each reader takes.
internal sealed record Sizes(int Buffer, int Readers, int Writers, int Items);

public static class Program
{
    [Test]
    public static void TwoReaders()
    {
        Run(new Sizes(Buffer: 1, Readers: 2, Writers: 1, Items: 5), pulsesAll: false);
    }

    [Test]
    public static void Drawn()
    {
        Run(Draw(Generator.Create()), pulsesAll: false);
    }

    private static void Run(Sizes sizes, bool pulsesAll)
    {
        var buffer = new Buffer(sizes.Buffer, pulsesAll);
        var all = sizes.Items * sizes.Readers;
        var tasks = new List<Task>();
        for (var reader = 0; reader < sizes.Readers; reader++)
        {
            tasks.Add(Task.Run(() =>
            {
                for (var item = 0; item < sizes.Items; item++)
                {
                    buffer.Take();
                }
            }));
        }

        for (var number = 0; number < sizes.Writers; number++)
        {
            var writer = number;
            tasks.Add(Task.Run(() =>
            {
                for (var item = writer; item < all; item += sizes.Writers)
                {
                    buffer.Put(item);
                }
            }));
        }

        Task.WaitAll(tasks.ToArray());
    }

    private static Sizes Draw(Generator generator)
    {
        int UpTo(int most) => 1 + generator.NextInteger(most);
        return new Sizes(UpTo(5), UpTo(5), UpTo(5), UpTo(10));
    }
}
// ANCHOR_END: program
