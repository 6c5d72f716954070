package io.sluice.cli.terminal;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Whether somebody still reads standard output. A pipe tells a writer only when it writes; who
 * waits for records might wait for ever after {@code head} has gone. The kernel tells those who ask
 * with poll(2). Where it cannot be asked, there is always a reader.
 *
 * @param watched false for output that is no pipe of this process
 */
public record OutputPipe(boolean watched) {

    private static final int STANDARD_OUTPUT = 1;
    private static final int POLLERR = 0x8;

    /** struct pollfd: an int and two shorts. */
    private static final long POLLFD_BYTES = 8;

    private static final long RETURNED_EVENTS_OFFSET = 6;

    /** Whoever read it went away, as {@code head} does: nothing to complain about. */
    public static boolean isClosed(IOException error) {
        String message = String.valueOf(error.getMessage());
        return message.contains("Broken pipe") || message.contains("Pipe closed");
    }

    /** True when whoever read it has gone. */
    public boolean isAbandoned() {
        return watched && Kernel.POLL.map(OutputPipe::hasNoReader).orElse(false);
    }

    private static boolean hasNoReader(MethodHandle poll) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment descriptor = arena.allocate(POLLFD_BYTES, Integer.BYTES);
            descriptor.set(ValueLayout.JAVA_INT, 0, STANDARD_OUTPUT);
            int ready = (int) poll.invokeExact(descriptor, 1L, 0);
            int events = descriptor.get(ValueLayout.JAVA_SHORT, RETURNED_EVENTS_OFFSET);
            return ready > 0 && (events & POLLERR) != 0;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("poll(2) throws nothing", e);
        }
    }

    /** Linked when first asked: most commands never do. */
    private static final class Kernel {

        /** {@code int poll(struct pollfd *fds, nfds_t nfds, int timeout)}. */
        static final Optional<MethodHandle> POLL =
                Linker.nativeLinker()
                        .defaultLookup()
                        .find("poll")
                        .map(address ->
                                Linker.nativeLinker()
                                        .downcallHandle(
                                                address,
                                                FunctionDescriptor.of(
                                                        ValueLayout.JAVA_INT,
                                                        ValueLayout.ADDRESS,
                                                        ValueLayout.JAVA_LONG,
                                                        ValueLayout.JAVA_INT)));
    }
}
