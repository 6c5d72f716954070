package io.sluice.kafka.api;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.group.Topics;
import io.sluice.engine.metadata.Metadata;
import java.util.function.Predicate;

/** The topics of the cluster as groups ask for them; patterns in RE2's syntax. */
final class ClusterTopics implements Topics {

    private final Metadata metadata;

    ClusterTopics(Metadata metadata) {
        this.metadata = metadata;
    }

    @Override
    public ClusterImage image() {
        return metadata.image();
    }

    @Override
    public Predicate<String> pattern(String expression) throws InvalidPatternException {
        try {
            Pattern compiled = Pattern.compile(expression);
            return compiled::matches;
        } catch (PatternSyntaxException e) {
            throw new InvalidPatternException(e.getDescription());
        }
    }
}
