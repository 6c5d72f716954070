package io.sluice.core.group;

import io.sluice.core.group.assignor.Share;
import io.sluice.core.model.ErrorCode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who may speak for a member whose rights its epoch tells (KIP-848, "Member ID and epoch"). */
final class EpochFence {

    /** The epoch of who joins, and of who leaves. */
    static final int JOIN = 0;

    static final int LEAVE = -1;

    private EpochFence() {}

    /** Why somebody may not, in a word and in words. */
    record Refusal(ErrorCode error, String why) {}

    /**
     * Who says something.
     *
     * @param <S> what members have
     * @param owned what it says it has
     */
    record Speaker<S>(
            String group,
            String memberId,
            Optional<String> instanceId,
            int epoch,
            Optional<S> owned) {}

    /**
     * @param known the member that is the same instance, or else of the same id, if there is one
     */
    static <S extends Share<S>> Optional<Refusal> check(
            @Nullable EpochMember<S> known, Speaker<S> speaker) {
        return speaker.instanceId().isPresent()
                ? checkInstance(known, speaker.instanceId().get(), speaker)
                : checkEpoch(known, speaker);
    }

    private static <S extends Share<S>> Optional<Refusal> checkInstance(
            @Nullable EpochMember<S> holder, String instance, Speaker<S> speaker) {
        if (holder == null) {
            return speaker.epoch() == JOIN
                    ? Optional.empty()
                    : refusal(ErrorCode.UNKNOWN_MEMBER_ID, "no member is instance %s", instance);
        }
        if (holder.id().equals(speaker.memberId())) {
            return checkEpoch(holder, speaker);
        }
        if (speaker.epoch() != JOIN) {
            return refusal(
                    ErrorCode.FENCED_INSTANCE_ID, "instance %s is another member now", instance);
        }
        return holder.yieldsInstance()
                ? Optional.empty()
                : refusal(
                        ErrorCode.UNRELEASED_INSTANCE_ID,
                        "instance %s is a member that has not left",
                        instance);
    }

    /** A member of an older epoch may have lost the answer that told it of the newer. */
    private static <S extends Share<S>> Optional<Refusal> checkEpoch(
            @Nullable EpochMember<S> member, Speaker<S> speaker) {
        if (speaker.epoch() == JOIN) {
            return Optional.empty();
        }
        if (member == null) {
            return refusal(
                    ErrorCode.UNKNOWN_MEMBER_ID,
                    "%s is no member of %s",
                    speaker.memberId(),
                    speaker.group());
        }
        Standing<S> now = member.standing();
        boolean lostAnswer =
                speaker.epoch() == now.previousEpoch()
                        && speaker.epoch() < now.epoch()
                        && speaker.owned().map(now.assigned()::containsAll).orElse(false);
        return speaker.epoch() == now.epoch() || lostAnswer
                ? Optional.empty()
                : refusal(
                        ErrorCode.FENCED_MEMBER_EPOCH,
                        "the member is at epoch %d, not %d: join again",
                        now.epoch(),
                        speaker.epoch());
    }

    /** Whether somebody may leave as that member. */
    static <S extends Share<S>> Optional<Refusal> checkLeaver(
            @Nullable EpochMember<S> member, Speaker<S> speaker) {
        if (member == null) {
            return refusal(
                    ErrorCode.UNKNOWN_MEMBER_ID,
                    "%s is no member of %s",
                    speaker.memberId(),
                    speaker.group());
        }
        return member.id().equals(speaker.memberId())
                ? Optional.empty()
                : refusal(
                        ErrorCode.FENCED_INSTANCE_ID,
                        "instance %s is another member now",
                        speaker.instanceId().orElse(""));
    }

    /** What is wrong with what every heartbeat says. */
    static Optional<Refusal> malformed(Speaker<?> speaker, Optional<String> rack) {
        if (speaker.group().isEmpty()) {
            return invalid("the group id is empty");
        }
        if (speaker.memberId().isEmpty()) {
            return invalid("the member id is empty: a member makes its own (KIP-1082)");
        }
        if (speaker.instanceId().map(String::isEmpty).orElse(false)) {
            return invalid("the instance id is empty: leave it out");
        }
        if (rack.map(String::isEmpty).orElse(false)) {
            return invalid("the rack is empty: leave it out");
        }
        if (speaker.epoch() < Standing.AWAY) {
            return invalid("there is no member epoch " + speaker.epoch());
        }
        if (speaker.epoch() == Standing.AWAY && speaker.instanceId().isEmpty()) {
            return invalid("only a member with an instance id may go for a moment");
        }
        return Optional.empty();
    }

    static Optional<Refusal> invalid(String why) {
        return Optional.of(new Refusal(ErrorCode.INVALID_REQUEST, why));
    }

    private static Optional<Refusal> refusal(ErrorCode error, String why, Object... values) {
        return Optional.of(new Refusal(error, why.formatted(values)));
    }
}
