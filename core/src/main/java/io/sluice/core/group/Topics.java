package io.sluice.core.group;

import io.sluice.core.controller.ClusterImage;
import java.util.function.Predicate;

/** What groups must know of the topics that there are. Asked on the coordinator's loop. */
public interface Topics {

    /** The cluster now. The same object as long as nothing has changed. */
    ClusterImage image();

    /**
     * The names that a regular expression means (RE2 syntax, KIP-848). Takes time linear in the
     * name, whatever the expression.
     *
     * @throws InvalidPatternException if it is none
     */
    Predicate<String> pattern(String expression) throws InvalidPatternException;

    /** A regular expression that is none. */
    final class InvalidPatternException extends Exception {
        private static final long serialVersionUID = 1L;

        public InvalidPatternException(String message) {
            super(message);
        }
    }
}
