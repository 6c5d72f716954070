package io.sluice.core.group;

/** What a decision would make of a group whose partitions the broker assigns. */
final class Draft extends EpochDraft<ConsumerMember> {

    final ConsumerGroup group;
    String assignor;
    long topicsHash;

    Draft(ConsumerGroup group) {
        super(group.epoch, group.targetEpoch, group.sinceMs, group.members);
        this.group = group;
        this.assignor = group.assignor;
        this.topicsHash = group.topicsHash;
    }

    void store(Out out) {
        tellMembers(
                id -> out.store(new GroupEvent.ConsumerMemberRemoved(group.name, id)),
                one -> out.store(new GroupEvent.ConsumerMemberStored(group.name, one)));
        boolean changed =
                epoch != group.epoch
                        || targetEpoch != group.targetEpoch
                        || topicsHash != group.topicsHash
                        || sinceMs != group.sinceMs
                        || !assignor.equals(group.assignor);
        if (changed) {
            out.store(
                    new GroupEvent.ConsumerGroupStored(
                            group.name, epoch, targetEpoch, assignor, topicsHash, sinceMs));
        }
    }
}
