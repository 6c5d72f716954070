package io.sluice.engine.share;

import io.sluice.core.model.Uuid;
import io.sluice.core.share.ShareKey;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What a question about records is called, and an answer repeats: {@code
 * topicId:partition:number:secret:untilMs:group}. Who does not know it cannot make it up; it is
 * good for one question of one leader.
 *
 * @param secret of the queue as this leader has it
 * @param untilMs an answer that comes later is not looked at
 */
public record QuestionName(ShareKey queue, long number, long secret, long untilMs) {

    private static final int PARTS = 6;

    /** As it stands in records. */
    public String text() {
        return "%s:%d:%d:%016x:%d:%s"
                .formatted(
                        queue.topicId(), queue.partition(), number, secret, untilMs, queue.group());
    }

    /** Empty if that is no name. */
    public static Optional<QuestionName> of(String text) {
        String[] parts = text.split(":", PARTS);
        if (parts.length < PARTS) {
            return Optional.empty();
        }
        try {
            ShareKey queue =
                    new ShareKey(parts[5], Uuid.parse(parts[0]), Integer.parseInt(parts[1]));
            return Optional.of(
                    new QuestionName(
                            queue,
                            Long.parseLong(parts[2]),
                            HexFormat.fromHexDigitsToLong(parts[3]),
                            Long.parseLong(parts[4])));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
