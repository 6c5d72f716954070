package io.sluice.system.network;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;

/**
 * A TUN device: what its network sends comes here as packets, and what is written here it receives
 * (Linux, Documentation/networking/tuntap). It is gone with its file, also when this process is
 * killed. One thread at a time.
 */
final class Tun implements AutoCloseable {

    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 04000;
    private static final int O_CLOEXEC = 02000000;
    private static final long TUNSETIFF = 0x400454caL;
    private static final short IFF_TUN = 0x0001;
    private static final short IFF_NO_PI = 0x1000;
    private static final short IFF_TUN_EXCL = (short) 0x8000;
    private static final int IFREQ_BYTES = 40;
    private static final int IFREQ_FLAGS = 16;
    private static final short POLLIN = 1;
    private static final int POLLFD_BYTES = 8;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle OPEN =
            function("open", FunctionDescriptor.of(INT, POINTER, INT), 2);
    private static final MethodHandle IOCTL =
            function("ioctl", FunctionDescriptor.of(INT, INT, LONG, POINTER), 2);
    private static final MethodHandle READ =
            function("read", FunctionDescriptor.of(LONG, INT, POINTER, LONG), 3);
    private static final MethodHandle WRITE =
            function("write", FunctionDescriptor.of(LONG, INT, POINTER, LONG), 3);
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(INT, INT), 1);
    private static final MethodHandle POLL =
            function("poll", FunctionDescriptor.of(INT, POINTER, LONG, INT), 3);

    private final int file;

    private Tun(int file) {
        this.file = file;
    }

    private static MethodHandle function(String name, FunctionDescriptor type, int fixed) {
        boolean variadic = fixed < type.argumentLayouts().size() || name.equals("open");
        Linker.Option errno = Linker.Option.captureCallState("errno");
        MemorySegment address = LINKER.defaultLookup().find(name).orElseThrow();
        return variadic
                ? LINKER.downcallHandle(address, type, errno, Linker.Option.firstVariadicArg(fixed))
                : LINKER.downcallHandle(address, type, errno);
    }

    /**
     * Makes a device.
     *
     * @throws IOException when that is not allowed here, or the name is taken
     */
    static Tun open(String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
            MemorySegment path = arena.allocateFrom("/dev/net/tun");
            int file = (int) OPEN.invokeExact(errno, path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
            check("open /dev/net/tun", file, errno);
            MemorySegment request = arena.allocate(IFREQ_BYTES);
            MemorySegment.copy(
                    MemorySegment.ofArray(name.getBytes(StandardCharsets.US_ASCII)),
                    0,
                    request,
                    0,
                    name.length());
            request.set(
                    ValueLayout.JAVA_SHORT,
                    IFREQ_FLAGS,
                    (short) (IFF_TUN | IFF_NO_PI | IFF_TUN_EXCL));
            int made = (int) IOCTL.invokeExact(errno, file, TUNSETIFF, request);
            Tun tun = new Tun(file);
            if (made < 0) {
                tun.close();
            }
            check("make the device " + name, made, errno);
            return tun;
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static void check(String what, int result, MemorySegment errno) throws IOException {
        if (result < 0) {
            throw new IOException(
                    "cannot %s: errno %d".formatted(what, (int) ERRNO.get(errno, 0L)));
        }
    }

    /** Devices that are waited for together. */
    static final class Poll {
        private final Tun[] devices;
        private final MemorySegment set;
        private final MemorySegment errno;

        Poll(Tun[] devices, Arena arena) {
            this.devices = devices.clone();
            this.set = arena.allocate((long) POLLFD_BYTES * devices.length, POLLFD_BYTES);
            this.errno = arena.allocate(ERRNO_LAYOUT);
        }

        /** Waits until one of them has a packet, or the time has passed. */
        void await(int timeoutMs) {
            for (int i = 0; i < devices.length; i++) {
                set.set(INT, (long) POLLFD_BYTES * i, devices[i].file);
                set.set(ValueLayout.JAVA_SHORT, (long) POLLFD_BYTES * i + 4, POLLIN);
            }
            try {
                int ready = (int) POLL.invokeExact(errno, set, (long) devices.length, timeoutMs);
                assert ready >= -1;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Takes a packet; its length, or nothing (0 or less) when there is none. */
    long read(MemorySegment errno, MemorySegment buffer) {
        try {
            return (long) READ.invokeExact(errno, file, buffer, buffer.byteSize());
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Gives a packet; one that the device does not take is lost, as packets are. */
    void write(MemorySegment errno, MemorySegment packet) {
        try {
            long written = (long) WRITE.invokeExact(errno, file, packet, packet.byteSize());
            assert written >= -1;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    static MemorySegment errno(Arena arena) {
        return arena.allocate(ERRNO_LAYOUT);
    }

    @Override
    public void close() {
        try (Arena arena = Arena.ofConfined()) {
            int result = (int) CLOSE.invokeExact(arena.allocate(ERRNO_LAYOUT), file);
            assert result <= 0;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
