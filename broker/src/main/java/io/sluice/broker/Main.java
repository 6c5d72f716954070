package io.sluice.broker;

import io.sluice.engine.disk.Disk;
import io.sluice.storage.FileDisk;
import java.io.IOException;
import java.util.List;

/** The broker's process. */
public final class Main {

    private static final int FAILURE = 1;
    private static final int BAD_USAGE = 2;

    private Main() {}

    public static void main(String[] arguments) {
        run(new FileDisk(), arguments);
    }

    /** Runs a broker on any disk: how tests let one fail. */
    public static void run(Disk disk, String... arguments) {
        try {
            ServerArguments read = ServerArguments.parse(List.of(arguments));
            if (read.help()) {
                System.out.print(ServerArguments.HELP);
            } else {
                ServerCommand.run(read, disk);
            }
        } catch (UsageException e) {
            fail(e, BAD_USAGE);
        } catch (IOException | RuntimeException e) {
            fail(e, FAILURE);
        }
    }

    /** The process may have begun threads that would hold it. */
    private static void fail(Exception failure, int exitCode) {
        System.err.println("sluice server: " + failure.getMessage());
        System.exit(exitCode);
    }
}
