package io.sluice.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What lies between a broker and all who connect to it: it can be cut, so that every connection
 * breaks and no new one comes, or held still, so that nothing goes through and nobody is told.
 */
final class Cable implements AutoCloseable {

    private enum State {
        WHOLE,
        /** Nothing comes back. */
        MUTE,
        STILL,
        CUT
    }

    private static final int BUFFER_BYTES = 64 << 10;

    private final ServerSocket door;
    private final Set<Socket> ends = ConcurrentHashMap.newKeySet();
    private final AtomicInteger refused = new AtomicInteger();
    private final Object lock = new Object();
    private State state = State.WHOLE;
    private volatile int target;

    Cable() throws IOException {
        door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    /**
     * Leads to a port from now on.
     *
     * @return the port to connect to instead
     */
    int to(int port) {
        target = port;
        return door.getLocalPort();
    }

    void cut() {
        become(State.CUT);
        ends.forEach(Cable::close);
    }

    void holdStill() {
        become(State.STILL);
    }

    /** What is sent arrives; no answer does. */
    void holdAnswers() {
        become(State.MUTE);
    }

    void mend() {
        become(State.WHOLE);
    }

    /** How many connections were refused while it was cut. */
    int refused() {
        return refused.get();
    }

    private void become(State next) {
        synchronized (lock) {
            state = next;
            lock.notifyAll();
        }
    }

    private boolean isCut() {
        synchronized (lock) {
            return state == State.CUT;
        }
    }

    private void awaitMoving(boolean back) throws InterruptedException {
        synchronized (lock) {
            while (state == State.STILL || (back && state == State.MUTE)) {
                lock.wait();
            }
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket from = door.accept();
                if (isCut()) {
                    refused.incrementAndGet();
                    from.close();
                } else {
                    join(from, new Socket(InetAddress.getLoopbackAddress(), target));
                }
            }
        } catch (IOException e) {
            // it is over
        }
    }

    private void join(Socket from, Socket to) {
        ends.add(from);
        ends.add(to);
        Thread.ofVirtual().start(() -> pump(from, to, false));
        Thread.ofVirtual().start(() -> pump(to, from, true));
        if (isCut()) { // since it was asked
            close(from);
            close(to);
        }
    }

    private void pump(Socket from, Socket to, boolean back) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                awaitMoving(back);
                out.write(buffer, 0, read);
            }
        } catch (IOException | InterruptedException e) {
            // one end broke: so does the other
        } finally {
            ends.remove(from);
            close(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // it is closed, then
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        cut();
    }
}
