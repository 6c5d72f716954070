package io.sluice.core.group;

import io.sluice.core.group.ConsumerMember.ClassicSide;
import io.sluice.core.group.ConsumerMember.Profile;
import io.sluice.core.group.Deadlines.Kind;
import io.sluice.core.group.GroupCommand.Caller;
import io.sluice.core.group.GroupCommand.Join;
import io.sluice.core.group.GroupCommand.Leaver;
import io.sluice.core.group.GroupCommand.Sync;
import io.sluice.core.group.GroupReply.Joined;
import io.sluice.core.group.GroupReply.Synced;
import io.sluice.core.group.Standing.State;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Members of the classic protocol in a group whose partitions the broker assigns: the time between
 * the two, while clients are changed one after the other (KIP-848, "online upgrade"). Such a member
 * joins and syncs as ever, follows always, and its generation is its epoch; a heartbeat that tells
 * it to join again is how it hears of something new.
 */
final class MixedGroups {

    /** Ids of one group that were handed out and not used yet. */
    static final int MAX_PROMISED = 1_000;

    private final GroupSettings settings;
    private final Topics topics;
    private final ConsumerGroups consumers;

    MixedGroups(GroupSettings settings, Topics topics, ConsumerGroups consumers) {
        this.settings = settings;
        this.topics = topics;
        this.consumers = consumers;
    }

    Joined join(ConsumerGroup group, Join join, long nowMs, Out out) {
        ConsumerMember before = holder(group, join);
        ErrorCode error = refusal(group, before, join);
        if (error != ErrorCode.NONE) {
            return Rebalance.joinError(error, join.memberId());
        }
        boolean isNew = join.memberId().isEmpty();
        if (isNew && join.idFirst() && join.instanceId().isEmpty()) {
            if (group.promised.size() >= MAX_PROMISED) {
                // It tries again; by then some have come, or their time was up.
                return Rebalance.joinError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, "");
            }
            group.promised.add(join.newMemberId());
            consumers.deadlines.set(
                    group.name, join.newMemberId(), Kind.PROMISE, nowMs + join.sessionMs());
            return Rebalance.joinError(ErrorCode.MEMBER_ID_REQUIRED, join.newMemberId());
        }
        ConsumerProtocol.Subscription wants =
                ConsumerProtocol.subscription(join.protocols().getFirst().metadata());
        Profile profile =
                new Profile(
                        wants.rack(),
                        join.clientId(),
                        join.clientHost(),
                        join.rebalanceMs(),
                        wants.topics(),
                        "",
                        "",
                        Optional.of(new ClassicSide(join.sessionMs(), join.protocols())));
        String id = isNew ? join.newMemberId() : join.memberId();
        Draft draft = new Draft(group);
        ConsumerMember member;
        if (before == null) {
            member =
                    new ConsumerMember(
                            id,
                            join.instanceId(),
                            profile,
                            Standing.atFirst(PartitionSet.NONE, PartitionSet.NONE),
                            PartitionSet.NONE);
        } else if (before.id().equals(id)) {
            member = before.with(profile);
        } else {
            draft.remove(before.id());
            consumers.deadlines.clear(group.name, before.id());
            member = before.as(id).with(profile);
        }
        consumers.deadlines.clear(group.name, id, Kind.PROMISE);
        group.promised.remove(id);
        consumers.deadlines.clear(group.name, id, Kind.JOIN);
        boolean changed = before == null || !profile.subscribesLike(before.profile());
        ConsumerMember after =
                consumers.advance(
                        draft,
                        member,
                        changed,
                        Optional.of(ConsumerProtocol.known(wants.owned(), topics.image())),
                        nowMs,
                        out);
        consumers.deadlines.set(group.name, id, Kind.SYNC, nowMs + join.rebalanceMs());
        return new Joined(
                ErrorCode.NONE,
                after.standing().epoch(),
                Optional.of(ConsumerProtocol.TYPE),
                Optional.of(protocol(group, join)),
                "",
                id,
                List.of(),
                false);
    }

    private static @Nullable ConsumerMember holder(ConsumerGroup group, Join join) {
        return join.instanceId().isPresent()
                ? group.instance(join.instanceId().get())
                : group.members.get(join.memberId());
    }

    private ErrorCode refusal(ConsumerGroup group, @Nullable ConsumerMember before, Join join) {
        if (join.sessionMs() < settings.minSessionMs()
                || join.sessionMs() > settings.maxSessionMs()) {
            return ErrorCode.INVALID_SESSION_TIMEOUT;
        }
        if (!join.protocolType().equals(ConsumerProtocol.TYPE) || protocol(group, join).isEmpty()) {
            return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
        }
        if (!join.memberId().isEmpty()) {
            if (before == null && !group.promised.contains(join.memberId())) {
                return ErrorCode.UNKNOWN_MEMBER_ID;
            }
            if (before != null && !before.id().equals(join.memberId())) {
                return ErrorCode.FENCED_INSTANCE_ID;
            }
        }
        boolean returns = before != null || group.promised.contains(join.memberId());
        int places = group.members.size() + group.promised.size();
        return !returns && places >= settings.consumers().maxMembers()
                ? ErrorCode.GROUP_MAX_SIZE_REACHED
                : ErrorCode.NONE;
    }

    /** The first protocol offered that all others of the classic protocol offer too. */
    private static String protocol(ConsumerGroup group, Join join) {
        return join.protocols().stream()
                .map(GroupCommand.Protocol::name)
                .filter(name ->
                        group.members.values().stream()
                                .filter(one -> !one.id().equals(join.memberId()))
                                .allMatch(one ->
                                        one.profile()
                                                .classic()
                                                .map(side -> side.offers(name))
                                                .orElse(true)))
                .findFirst()
                .orElse("");
    }

    Synced sync(ConsumerGroup group, Sync sync, long nowMs) {
        ConsumerMember member = group.members.get(sync.caller().memberId());
        ErrorCode error = check(group, sync.caller());
        if (error != ErrorCode.NONE || member == null) {
            return Rebalance.syncError(error);
        }
        if (!sync.protocolType().map(ConsumerProtocol.TYPE::equals).orElse(true)) {
            return Rebalance.syncError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
        }
        // Who gives partitions back has joined already; it finishes that first.
        if (consumers.reachableEpoch(group, nowMs) > member.standing().epoch()
                && member.standing().state() != State.REVOKING) {
            return Rebalance.syncError(ErrorCode.REBALANCE_IN_PROGRESS);
        }
        consumers.deadlines.clear(group.name, member.id(), Kind.SYNC);
        consumers.alive(group.name, member, nowMs);
        return new Synced(
                ErrorCode.NONE,
                Optional.of(ConsumerProtocol.TYPE),
                sync.protocolName(),
                ConsumerProtocol.assignment(member.standing().assigned(), topics.image()));
    }

    ErrorCode heartbeat(ConsumerGroup group, Caller caller, long nowMs) {
        ConsumerMember member = group.members.get(caller.memberId());
        ErrorCode error = check(group, caller);
        if (error != ErrorCode.NONE || member == null) {
            return error;
        }
        consumers.alive(group.name, member, nowMs);
        boolean again =
                consumers.targets().areStale(group)
                        || member.standing().epoch() < consumers.reachableEpoch(group, nowMs)
                        || member.standing().state() == State.REVOKING
                        || (member.standing().state() == State.WAITING
                                && Reconciliation.couldGoOn(
                                        member.standing(),
                                        member.target(),
                                        some ->
                                                some.filter((topic, at) ->
                                                        group.holder(topic, at).isEmpty())));
        if (!again) {
            return ErrorCode.NONE;
        }
        consumers.deadlines.setIfAbsent(
                group.name, member.id(), Kind.JOIN, nowMs + member.profile().rebalanceMs());
        return ErrorCode.REBALANCE_IN_PROGRESS;
    }

    ErrorCode check(ConsumerGroup group, Caller caller) {
        ConsumerMember member = group.members.get(caller.memberId());
        if (caller.instanceId().isPresent()) {
            ConsumerMember holder = group.instance(caller.instanceId().get());
            if (holder == null) {
                return ErrorCode.UNKNOWN_MEMBER_ID;
            }
            if (!holder.id().equals(caller.memberId())) {
                return ErrorCode.FENCED_INSTANCE_ID;
            }
        }
        if (member == null || !member.isClassic()) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        return caller.generation() == member.standing().epoch()
                ? ErrorCode.NONE
                : ErrorCode.ILLEGAL_GENERATION;
    }

    /** Members of either protocol may be sent away so, by an administrator. */
    List<ErrorCode> leave(ConsumerGroup group, List<Leaver> leavers, long nowMs, Out out) {
        List<ErrorCode> errors = new ArrayList<>();
        List<String> gone = new ArrayList<>();
        for (Leaver leaver : leavers) {
            ConsumerMember member =
                    leaver.instanceId()
                            .map(group::instance)
                            .orElseGet(() -> group.members.get(leaver.memberId()));
            if (member == null || gone.contains(member.id())) {
                errors.add(ErrorCode.UNKNOWN_MEMBER_ID);
            } else if (!leaver.memberId().isEmpty() && !leaver.memberId().equals(member.id())) {
                errors.add(ErrorCode.FENCED_INSTANCE_ID);
            } else {
                gone.add(member.id());
                errors.add(ErrorCode.NONE);
            }
        }
        if (!gone.isEmpty()) {
            consumers.dismiss(group, gone, nowMs, out);
        }
        return errors;
    }
}
