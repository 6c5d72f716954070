package io.sluice.cli.terminal;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The three standard streams and what is known about who looks at them.
 *
 * @param in bytes as they came
 * @param bytes standard output for bytes; writing to it reports a closed pipe as an IOException
 * @param out standard output for text, UTF-8 whatever the locale; a closed pipe is silent
 * @param err standard error for text
 * @param inIsTerminal a person types the input
 * @param outIsTerminal a person reads the output
 * @param errIsTerminal a person reads the errors, so a progress line makes sense
 * @param pipe tells whether somebody still reads the output
 * @param colours escape sequences are welcome on standard output
 */
public record Terminal(
        InputStream in,
        OutputStream bytes,
        PrintStream out,
        PrintStream err,
        boolean inIsTerminal,
        boolean outIsTerminal,
        boolean errIsTerminal,
        OutputPipe pipe,
        boolean colours) {

    private static final int BUFFER_BYTES = 64 * 1024;

    /** The process's own streams. */
    public static Terminal system(Map<String, String> environment) {
        boolean outIsTerminal = isTerminal(1);
        OutputStream bytes =
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER_BYTES);
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                bytes,
                new PrintStream(bytes, false, StandardCharsets.UTF_8),
                new PrintStream(
                        new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                isTerminal(0),
                outIsTerminal,
                isTerminal(2),
                new OutputPipe(!outIsTerminal),
                outIsTerminal && wantsColours(environment));
    }

    /** Streams of a test: nobody looks at them. */
    public static Terminal of(InputStream in, OutputStream out, OutputStream err) {
        return new Terminal(
                in,
                out,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                false,
                false,
                new OutputPipe(false),
                false);
    }

    /** See no-color.org: the variable counts when it is there and not empty. */
    static boolean wantsColours(Map<String, String> environment) {
        return environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
    }

    /** The JDK only tells whether input and output are both terminals; the kernel tells each. */
    private static boolean isTerminal(int descriptor) {
        Path link = Path.of("/proc/self/fd/" + descriptor);
        try {
            if (Files.isSymbolicLink(link)) {
                String target = Files.readSymbolicLink(link).toString();
                return target.startsWith("/dev/pts/")
                        || target.startsWith("/dev/tty")
                        || target.startsWith("/dev/console");
            }
        } catch (IOException e) {
            return false;
        }
        return System.console() != null && System.console().isTerminal();
    }

    public Style style() {
        return new Style(colours);
    }
}
