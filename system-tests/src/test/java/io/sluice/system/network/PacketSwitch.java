package io.sluice.system.network;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Carries the packets between the hosts' devices, on a thread of its own, each as the link from its
 * source to its destination says. IPv4; a host's number, from 1, is the last byte of its address.
 */
final class PacketSwitch implements AutoCloseable {

    private static final int MAX_WAIT_MS = 20;

    /** From one device, before the next one's turn. */
    private static final int BURST = 64;

    /** Packets that are under way; one more is lost. */
    private static final int MAX_HELD = 20_000;

    private static final int SOURCE = 15;
    private static final int DESTINATION = 19;
    private static final int HEADER_BYTES = 20;

    /** A packet under way. */
    private record Held(long dueNanos, long sequence, int to, byte[] packet) {}

    private final Tun[] devices;
    private final AtomicReferenceArray<Link> links;
    private final AtomicLong carried = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final Random random;
    private final PriorityQueue<Held> held =
            new PriorityQueue<>(
                    Comparator.comparingLong(Held::dueNanos).thenComparingLong(Held::sequence));
    private final Thread thread;
    private long sequence;
    private volatile boolean closed;

    /**
     * @param devices of the hosts from 1
     */
    PacketSwitch(Tun[] devices, long seed) {
        this.devices = devices.clone();
        this.random = new Random(seed);
        this.links = new AtomicReferenceArray<>(devices.length * devices.length);
        for (int i = 0; i < links.length(); i++) {
            links.set(i, Link.WHOLE);
        }
        this.thread = Thread.ofPlatform().daemon().name("packet-switch").start(this::run);
    }

    void set(int from, int to, Link link) {
        links.set(index(from, to), link);
    }

    Link link(int from, int to) {
        return links.get(index(from, to));
    }

    private int index(int from, int to) {
        return (from - 1) * devices.length + to - 1;
    }

    /** Packets lost so far, to show that a fault took effect. */
    long lost() {
        return lost.get();
    }

    long carried() {
        return carried.get();
    }

    private void run() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Network.MTU);
            MemorySegment errno = Tun.errno(arena);
            Tun.Poll poll = new Tun.Poll(devices, arena);
            while (!closed) {
                poll.await(waitMs());
                for (Tun device : devices) {
                    for (int i = 0; i < BURST; i++) {
                        long length = device.read(errno, buffer);
                        if (length <= 0) {
                            break;
                        }
                        take(buffer.asSlice(0, length), errno);
                    }
                }
                deliverDue(buffer, errno);
            }
        }
        for (Tun device : devices) {
            device.close();
        }
    }

    private int waitMs() {
        Held next = held.peek();
        if (next == null) {
            return MAX_WAIT_MS;
        }
        long ms = TimeUnit.NANOSECONDS.toMillis(next.dueNanos - System.nanoTime()) + 1;
        return (int) Math.clamp(ms, 0, MAX_WAIT_MS);
    }

    private void take(MemorySegment packet, MemorySegment errno) {
        boolean ip4 =
                packet.byteSize() >= HEADER_BYTES
                        && packet.get(ValueLayout.JAVA_BYTE, 0) >>> 4 == 4;
        if (!ip4) {
            return; // what a kernel tells its IPv6 neighbours
        }
        int from = packet.get(ValueLayout.JAVA_BYTE, SOURCE) & 0xff;
        int to = packet.get(ValueLayout.JAVA_BYTE, DESTINATION) & 0xff;
        if (isStrange(from) || isStrange(to)) {
            return;
        }
        Link link = link(from, to);
        if (link.loss() > 0 && random.nextDouble() < link.loss()) {
            lost.incrementAndGet();
        } else if (link.delayMs() == 0 && link.jitterMs() == 0) {
            carried.incrementAndGet();
            devices[to - 1].write(errno, packet);
        } else if (held.size() == MAX_HELD) {
            lost.incrementAndGet();
        } else {
            int ms = link.delayMs() + (link.jitterMs() > 0 ? random.nextInt(link.jitterMs()) : 0);
            long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
            byte[] copy = packet.toArray(ValueLayout.JAVA_BYTE);
            held.add(new Held(due, sequence++, to, copy));
        }
    }

    private boolean isStrange(int host) {
        return host < 1 || host > devices.length;
    }

    private void deliverDue(MemorySegment buffer, MemorySegment errno) {
        for (Held next = held.peek();
                next != null && next.dueNanos <= System.nanoTime();
                next = held.peek()) {
            held.remove();
            MemorySegment packet = buffer.asSlice(0, next.packet.length);
            packet.copyFrom(MemorySegment.ofArray(next.packet));
            carried.incrementAndGet();
            devices[next.to - 1].write(errno, packet);
        }
    }

    /** Ends the thread, and with it the devices. */
    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
