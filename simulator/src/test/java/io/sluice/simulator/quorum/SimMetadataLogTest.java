package io.sluice.simulator.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.MetadataLog;
import io.sluice.engine.metadata.MetadataLogContract;
import io.sluice.simulator.world.MachineClock;
import io.sluice.simulator.world.Network;
import io.sluice.simulator.world.SimLoop;
import io.sluice.simulator.world.SimProcess;
import io.sluice.simulator.world.Trace;
import io.sluice.simulator.world.World;
import java.util.List;
import java.util.concurrent.CompletableFuture;

final class SimMetadataLogTest extends MetadataLogContract {

    private final World world = new World(1L, new Trace());
    private final Network network = new Network(world);
    private final SimQuorum quorum =
            new SimQuorum(
                    world,
                    network,
                    List.of(1),
                    entry -> entry,
                    entries -> new byte[0],
                    (index, entry) -> {});
    private final SimProcess process =
            new SimProcess(world, new MachineClock(world), "broker-1", 1, () -> {});
    private final SimLoop loop = new SimLoop(process, world.random("loop"), 1_000);

    @Override
    protected EventLoop loop() {
        return loop;
    }

    @Override
    protected MetadataLog open() {
        return quorum.open(1, process, loop);
    }

    @Override
    protected void await(CompletableFuture<?> done) {
        assertThat(world.runUntil(done::isDone, 60_000L)).as("in time").isTrue();
    }
}
