package io.sluice.simulator.cluster;

import io.sluice.core.model.TopicPartition;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import io.sluice.engine.fake.LyingDisk;
import io.sluice.engine.fake.SimDisk;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.world.MachineClock;
import io.sluice.simulator.world.Network;
import io.sluice.simulator.world.World;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One machine with its disk and its clock, and the process of a broker on it. Faults are methods.
 *
 * <pre>
 *   DOWN ──start──▶ RUNNING ──pause──▶ PAUSED ──resume──▶ RUNNING
 *    ▲                 │                 │
 *    └── kill, cutPower, stop, a start that fails ──┘
 * </pre>
 */
public final class Machine {

    private final Site site;
    private final int id;
    private final World world;
    private final Network network;
    private final MachineClock clock;
    private final Random random;
    private final Random diskRandom;
    private final DirectoryFaults directoryFaults = new DirectoryFaults();
    private SimDisk disk;
    private @Nullable BrokerProcess broker;
    private int lives;
    private int slowness = 1;
    private boolean diskFaulty;

    /** What had a wrong bit last. */
    private @Nullable Path rotten;

    private boolean stopping;
    private boolean retired;

    Machine(Site site, int id) {
        this.site = site;
        this.id = id;
        this.world = site.world();
        this.network = site.network();
        this.clock = new MachineClock(world);
        this.random = world.random("machine-" + id);
        this.diskRandom = world.random("disk-" + id);
        this.disk = new SimDisk(diskRandom);
    }

    public int id() {
        return id;
    }

    public MachineClock clock() {
        return clock;
    }

    public SimDisk disk() {
        return disk;
    }

    Random random() {
        return random;
    }

    Site site() {
        return site;
    }

    /** The disk with the faults that parts of it have. */
    Disk diskAsItIs() {
        return site.shape().hasDirectoryFaults() ? LyingDisk.over(disk, directoryFaults) : disk;
    }

    /** Its log directories. */
    public List<Path> directories() {
        return site.shape().directories() == 1
                ? List.of(Path.of("/data"))
                : List.of(Path.of("/data"), Path.of("/more"));
    }

    /** Everything below that directory fails, until the disk is repaired. */
    public void failDirectory(Path directory) {
        diskFaulty = true;
        tell("loses %s", directory);
        directoryFaults.fail(directory);
    }

    /** Nothing can be written, until the disk is repaired. */
    public void fillDisk() {
        diskFaulty = true;
        tell("has a full disk");
        directoryFaults.fill();
    }

    /** One directory is replaced by an empty one, while the broker is down. */
    public void wipe(Path directory) {
        tell("gets a new device for %s", directory);
        try {
            disk.remove(directory);
        } catch (IOException e) {
            throw new IllegalStateException("the disk fails while the broker is down", e);
        }
    }

    /** A bit of a file turns over, while the broker is down. */
    public void flip(Path file, long bit) {
        tell("has a wrong bit in %s (%d)", file, bit);
        rotten = file;
        try {
            disk.flip(file, bit);
        } catch (IOException e) {
            throw new IllegalStateException("no file to spoil", e);
        }
    }

    /** The bit of a file is right again, while the broker is down. */
    public void flipBack(Path file, long bit) {
        tell("has the right bit in %s again", file);
        try {
            disk.flipBack(file, bit);
        } catch (IOException e) {
            throw new IllegalStateException("no file to mend", e);
        }
    }

    /** Whether the wrong bit is still there. */
    public boolean hasRot() {
        Path file = rotten;
        return file != null && isRotten(file);
    }

    /** Whether that file has a wrong bit. */
    public boolean isRotten(Path file) {
        try {
            return disk.isFlipped(file);
        } catch (IOException e) {
            return false; // it went meanwhile
        }
    }

    /** What a file of a log holds. */
    public ByteBuffer log(Path path) throws IOException {
        return Stored.withoutRoom(read(path));
    }

    /** The files of a partition that have records, with the sizes of what they hold. */
    public void logFiles(TopicPartition partition, BiConsumer<Path, Long> to) {
        try {
            for (Path directory : directories()) {
                for (Path file : disk.list(directory.resolve(partition.toString()))) {
                    long size = file.toString().endsWith(".log") ? log(file).limit() : 0L;
                    if (size > 0) {
                        to.accept(file, size);
                    }
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("the disk fails under its observer", e);
        }
    }

    /** Below it that log is on stable storage, as a file tells that is on stable storage itself. */
    public long checkpoint(TopicPartition partition) {
        String line = partition.topic() + " " + partition.partition() + " ";
        try {
            for (Path directory : directories()) {
                Path path = directory.resolve("recovery-point-offset-checkpoint");
                if (disk.exists(path)) {
                    String text = new String(read(path).array(), StandardCharsets.UTF_8);
                    int at = text.indexOf("\n" + line);
                    if (at >= 0) {
                        int from = at + 1 + line.length();
                        return Long.parseLong(text.substring(from, text.indexOf('\n', from)));
                    }
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("the disk fails under its observer", e);
        }
        return 0L;
    }

    private ByteBuffer read(Path path) throws IOException {
        try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            file.read(bytes, 0L);
            return bytes.flip();
        }
    }

    /** How many times slower than usual its disk is. */
    public int slowness() {
        return slowness;
    }

    public void slowDisk(int factor) {
        slowness = factor;
    }

    /** The broker's process, or null while it is down. */
    public @Nullable BrokerProcess broker() {
        return broker;
    }

    public boolean isUp() {
        return broker != null;
    }

    public boolean isPaused() {
        return broker != null && broker.process().isPaused();
    }

    /** Whether a fault of its disk waits or was met since it was repaired last. */
    public boolean isDiskFaulty() {
        return diskFaulty;
    }

    /** Whether its broker was told to stop, and has not yet. */
    public boolean isStopping() {
        return broker != null && stopping;
    }

    /** Whether it runs, means to go on, and its disk works. */
    public boolean isSound() {
        return isUp() && !isPaused() && !isDiskFaulty() && !isStopping();
    }

    /** From now on it does not start. */
    public void retire() {
        retired = true;
    }

    /** It may start again. */
    public void recommission() {
        retired = false;
    }

    public boolean isRetired() {
        return retired;
    }

    public int lives() {
        return lives;
    }

    private void tell(String format, Object... arguments) {
        world.trace().tell("broker-" + id, format, arguments);
    }

    /** Starts the broker, on a disk that works. */
    public void start() {
        if (broker != null || retired) {
            return;
        }
        lives++;
        stopping = false;
        if (diskFaulty) {
            diskFaulty = false;
            disk.crash(); // repaired with the power off
        }
        disk.repair();
        directoryFaults.repair();
        tell("starts (life %d)", lives);
        try {
            broker = new BrokerProcess(this, lives);
            broker.start();
        } catch (SimDisk.PowerLoss e) {
            cutPower();
        } catch (IOException e) {
            throw new IllegalStateException("a start on a disk that works failed", e);
        }
    }

    /** kill -9: what is in the page cache stays. */
    public void kill() {
        if (broker != null) {
            tell("is killed");
            end(true);
            disk.repair();
        }
    }

    /** The power goes; nobody is told. */
    public void cutPower() {
        tell("loses its power");
        end(false);
        disk.crash();
    }

    private void end(boolean told) {
        BrokerProcess ended = broker;
        if (ended != null) {
            broker = null;
            ended.process().kill();
            if (told) {
                network.ended(ended.process());
            }
        }
    }

    /** The power goes while the disk is about to do something, so many calls from now. */
    public void cutPowerAtCall(int calls) {
        diskFaulty = true;
        disk.faultAt(disk.calls() + 1 + calls, SimDisk.Fault.POWER);
    }

    /** From a call on every write fails, or every flush. */
    public void breakDisk(int calls, SimDisk.Fault fault) {
        diskFaulty = true;
        tell("will have a disk on which %s", fault);
        disk.faultAt(disk.calls() + 1 + calls, fault);
    }

    /** SIGTERM: the broker stops in its own time. */
    public void stop() {
        BrokerProcess ending = broker;
        if (ending != null) {
            tell("stops");
            stopping = true;
            ending.stop(() -> {
                if (broker == ending) {
                    tell("has stopped");
                    end(true);
                }
            });
        }
    }

    public void pause() {
        if (broker != null) {
            tell("is paused");
            broker.process().pause();
        }
    }

    public void resume() {
        if (broker != null && broker.process().isPaused()) {
            tell("goes on");
            broker.process().resume();
        }
    }

    /** The disk is replaced by an empty one, while the broker is down. */
    public void wipe() {
        tell("gets a new disk");
        disk = new SimDisk(diskRandom);
        site.quorum().wipe(id);
    }

    @Override
    public String toString() {
        return "broker-" + id;
    }
}
