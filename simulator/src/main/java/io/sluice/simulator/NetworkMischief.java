package io.sluice.simulator;

import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.Machine;

/** Links are cut, both ways or one way, slow, or broken. */
final class NetworkMischief implements Mischief {

    private static final int CLIENTS_FROM = 1_000;

    private final Scene scene;

    NetworkMischief(Scene scene) {
        this.scene = scene;
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        switch (fault) {
            case CUT_OFF -> cutOff(machine, scene.random().nextInt(3));
            case CUT_FROM_CLIENTS -> {
                for (int end = CLIENTS_FROM; end < CLIENTS_FROM + scene.clients(); end++) {
                    cut(machine.id(), end, scene.random().nextInt(3));
                }
            }
            case SLOW_NETWORK -> {
                scene.network().slow(1 + scene.random().nextInt(300));
                scene.soon(() -> scene.network().slow(1));
            }
            case CONNECTIONS_BREAK -> scene.network().reset(scene.random().nextInt(100));
            default -> {
                Machine other = scene.anyMachine();
                if (other == machine) {
                    return false;
                }
                boolean bothWays = fault == Fault.CUT_LINK;
                cut(machine.id(), other.id(), bothWays ? 0 : 1 + scene.random().nextInt(2));
            }
        }
        return true;
    }

    /** From the other brokers, not from its clients. */
    private void cutOff(Machine machine, int ways) {
        scene.world().trace().tell(machine.toString(), "is cut off from the other brokers");
        for (Machine other : scene.site().machines()) {
            if (other != machine) {
                cut(machine.id(), other.id(), ways);
            }
        }
    }

    /**
     * @param ways 0 both, 1 forth, 2 back
     */
    private void cut(int one, int other, int ways) {
        if (ways != 2) {
            scene.network().cut(one, other);
        }
        if (ways != 1) {
            scene.network().cut(other, one);
        }
        scene.soon(() -> scene.network().heal(one, other));
    }

    @Override
    public void heal() {
        scene.network().healAll();
    }
}
