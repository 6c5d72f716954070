package io.sluice.core.group;

/** What a decision would make of a share group. Its targets are always those of its epoch. */
final class ShareDraft extends EpochDraft<ShareMember> {

    final ShareGroup group;
    long topicsHash;

    ShareDraft(ShareGroup group) {
        super(group.epoch, group.epoch, group.sinceMs, group.members);
        this.group = group;
        this.topicsHash = group.topicsHash;
    }

    void store(Out out) {
        tellMembers(
                id -> out.store(new GroupEvent.ShareMemberRemoved(group.name, id)),
                one -> out.store(new GroupEvent.ShareMemberStored(group.name, one)));
        if (epoch != group.epoch || topicsHash != group.topicsHash || sinceMs != group.sinceMs) {
            out.store(new GroupEvent.ShareGroupStored(group.name, epoch, topicsHash, sinceMs));
        }
    }
}
