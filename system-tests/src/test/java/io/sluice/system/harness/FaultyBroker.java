package io.sluice.system.harness;

import io.sluice.broker.Main;
import io.sluice.storage.FileDisk;
import java.nio.file.Path;

/** The broker as it is, on a disk that fails when a file says so. */
public final class FaultyBroker {

    /** The system property that names the file. */
    static final String FAULTS = "sluice.test.faults";

    private FaultyBroker() {}

    public static void main(String[] arguments) {
        Path faults = Path.of(System.getProperty(FAULTS));
        Main.run(new FaultyDisk(new FileDisk(), faults), arguments);
    }
}
