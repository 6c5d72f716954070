package io.sluice.core.partition;

/** Is told how far the followers of a partition are. */
@FunctionalInterface
public interface FollowerEnds {

    /**
     * @param logEnd the end of its log as of its newest fetch, -1 if it has not fetched in this
     *     epoch
     */
    void follower(int brokerId, long logEnd);
}
