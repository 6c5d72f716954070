package io.sluice.simulator.quorum;

import io.sluice.engine.loop.Completion;
import io.sluice.engine.metadata.Quorum;
import io.sluice.simulator.world.Network;
import io.sluice.simulator.world.World;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;

/**
 * Questions to the leader: asked again until it is found, lost on the way, or answered for nobody.
 */
final class Questions {

    private static final long BOUND_MS = 2_000;
    private static final long RETRY_MS = 50;

    /** An answer is lost without a fault of the network, in so many of a thousand. */
    private static final int LOST_PER_MILLE = 3;

    private final SimQuorum quorum;
    private final World world;
    private final Network network;
    private final Random random;

    Questions(SimQuorum quorum, World world, Network network) {
        this.quorum = quorum;
        this.world = world;
        this.network = network;
        this.random = world.random("questions");
    }

    /** One question on its way; it ends once. */
    private final class Asked {
        private final SimMetadataLog from;
        private final Member member;
        private final byte[] question;
        private final Completion<ByteBuffer> done;
        private boolean over;

        Asked(SimMetadataLog from, Member member, byte[] question, Completion<ByteBuffer> done) {
            this.from = from;
            this.member = member;
            this.question = question;
            this.done = done;
        }

        void begin() {
            world.afterMs(BOUND_MS, () -> fail("no answer within " + BOUND_MS + " ms"));
            send();
        }

        private void send() {
            int target = member.knownLeader;
            if (over || from.isClosed()) {
                return;
            }
            if (target == Quorum.NOBODY) {
                world.afterMs(RETRY_MS, this::send);
            } else {
                world.after(network.latency(), () -> arrive(target));
            }
        }

        private void arrive(int target) {
            if (over) {
                return;
            }
            if (!network.carries(member.id, target)) {
                network.held();
                return; // lost
            }
            SimMetadataLog leader = quorum.leaderAt(target);
            if (leader == null) {
                world.afterMs(RETRY_MS, this::send); // refused; perhaps another leads now
                return;
            }
            SimQuorum.inform(leader, () -> answer(leader, target));
        }

        private void answer(SimMetadataLog leader, int target) {
            if (quorum.leaderAt(target) != leader) {
                return; // it was paused meanwhile
            }
            leader.listener()
                    .answer(
                            ByteBuffer.wrap(question.clone()),
                            Completion.of(
                                    reply -> bring(target, SimMetadataLog.copy(reply)),
                                    fault -> fail(String.valueOf(fault.getMessage()))));
        }

        private void bring(int target, byte[] reply) {
            if (random.nextInt(1_000) < LOST_PER_MILLE && target != member.id) {
                return;
            }
            world.after(
                    network.latency(),
                    () -> {
                        if (network.carries(target, member.id) && !over) {
                            over = true;
                            SimQuorum.inform(from, () -> done.succeeded(ByteBuffer.wrap(reply)));
                        }
                    });
        }

        private void fail(String why) {
            if (!over) {
                over = true;
                SimQuorum.inform(from, () -> done.failed(new IOException(why)));
            }
        }
    }

    void ask(SimMetadataLog from, Member member, byte[] question, Completion<ByteBuffer> done) {
        new Asked(from, member, question, done).begin();
    }
}
