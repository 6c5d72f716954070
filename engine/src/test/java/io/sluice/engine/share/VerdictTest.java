package io.sluice.engine.share;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.Uuid;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.core.share.ShareKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an answer to a question about records says, and how the question is called. */
class VerdictTest {
    private static final long NOW_MS = 1_000;

    @Test
    void aWordIsAboutAllThatIsLeft() {
        assertThat(Verdict.parse("accept", NOW_MS))
                .containsExactly(new Acknowledgement(0, Long.MAX_VALUE, Type.ACCEPT));
        assertThat(Verdict.parse("accept 12-40,45\nReject 41; release\n", NOW_MS))
                .containsExactly(
                        new Acknowledgement(12, 40, Type.ACCEPT),
                        new Acknowledgement(45, 45, Type.ACCEPT),
                        new Acknowledgement(41, 41, Type.REJECT),
                        new Acknowledgement(0, Long.MAX_VALUE, Type.RELEASE));
    }

    @Test
    void aReleaseMaySayHowLongToWait() {
        assertThat(Verdict.parse("release 7 pause=PT2S;release pause=30", NOW_MS))
                .containsExactly(
                        new Acknowledgement(7, 7, Type.RELEASE, 3_000),
                        new Acknowledgement(0, Long.MAX_VALUE, Type.RELEASE, 1_030));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "perhaps",
                "accept 5-4",
                "accept five",
                "accept 1 2",
                "accept 1,",
                "accept pause=PT1S",
                "release pause=-1",
                "release pause=9999999999999",
                "renew 99999999999999999999",
                "accept -1-2",
            })
    void whatIsNoVerdictSaysNothing(String text) {
        assertThat(Verdict.parse(text, NOW_MS)).isEmpty();
    }

    @Test
    void anAnswerIsBounded() {
        assertThat(Verdict.parse("accept " + "1,".repeat(499) + "1", NOW_MS)).hasSize(500);
        assertThat(Verdict.parse("accept " + "1,".repeat(500) + "1", NOW_MS)).isEmpty();
    }

    @Test
    void aNameIsReadAsItIsWritten() {
        ShareKey queue = new ShareKey("a:b", new Uuid(-5, 9), 3);
        QuestionName name = new QuestionName(queue, 17, -42, 99);
        assertThat(QuestionName.of(name.text())).contains(name);
        assertThat(QuestionName.of("a:b:c")).isEmpty();
        assertThat(QuestionName.of("x:1:2:3:4:g")).isEmpty();
    }
}
