package io.sluice.outbox;

/** What became of a message that was handed to a {@link Publisher}. */
public sealed interface Outcome {

    /** The broker has it, as safely as the broker can. */
    record Stored() implements Outcome {}

    /** It will never be taken as it is: it is parked. */
    record Refused(String reason) implements Outcome {}

    /**
     * It was not stored and may be later. Its topic waits for a while, other topics go on.
     *
     * @param topicAtFault the broker answers, and this topic does not take the message: such
     *     messages are parked when that goes on for {@link RelayOptions#parkAfter()}. Otherwise the
     *     broker is away, and they wait as long as that lasts
     */
    record Unavailable(String reason, boolean topicAtFault) implements Outcome {}

    /** It was not stored for the sake of another message of its batch; it is sent again at once. */
    record Unsent() implements Outcome {}
}
