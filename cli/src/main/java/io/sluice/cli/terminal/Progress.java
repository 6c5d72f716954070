package io.sluice.cli.terminal;

import java.util.function.Supplier;

/**
 * One line that is rewritten in place on standard error, at most twice a second, and only when a
 * person looks at it. Used by one thread.
 */
public final class Progress {

    private static final long INTERVAL_NANOS = 500_000_000L;
    private static final String START_OF_CLEAN_LINE = "\r\u001b[K";

    private final Terminal terminal;
    private long lastNanos = System.nanoTime();
    private boolean shown;

    public Progress(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Shows the line if it is time to. */
    public void update(Supplier<String> line) {
        if (!terminal.errIsTerminal()) {
            return;
        }
        long now = System.nanoTime();
        if (now - lastNanos < INTERVAL_NANOS) {
            return;
        }
        lastNanos = now;
        shown = true;
        terminal.err().print(START_OF_CLEAN_LINE + line.get());
        terminal.err().flush();
    }

    /** Wipes the line, so that what is printed next stands alone. */
    public void clear() {
        if (shown) {
            terminal.err().print(START_OF_CLEAN_LINE);
            terminal.err().flush();
            shown = false;
        }
    }
}
