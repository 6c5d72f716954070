package io.sluice.engine.share;

import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.LedgerFormat.Who;
import io.sluice.core.share.Question;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.partition.Partition;
import java.util.List;

/**
 * What one queue asks those whose time is up, and which answers are to be believed. Owned by the
 * partition's loop; there is none where nobody is asked.
 */
final class Inquiries {

    /** Members whose address is known; of the others the question says their name only. */
    private static final int MAX_MEMBERS = 1_000;

    private final ShareKey key;
    private final Partition partition;
    private final QuestionBox box;
    private final long secret;
    private final Takers takers = new Takers(MAX_MEMBERS);

    Inquiries(ShareKey key, Partition partition, QuestionBox box) {
        this.key = key;
        this.partition = partition;
        this.box = box;
        this.secret = box.secret();
    }

    /** Somebody is given records. */
    void knows(Who who) {
        takers.inFull(who);
    }

    void ask(Question question, QueueRules.Asking rules) {
        if (rules.topic().isEmpty()) {
            return; // they want it no more
        }
        Who who = takers.inFull(new Who(question.member(), "", ""));
        QuestionName name = new QuestionName(key, question.number(), secret, question.untilMs());
        box.ask(partition, rules.topic(), name, question, who);
    }

    /** Whether somebody was asked by that name, and may say that. */
    boolean allows(QuestionName name, List<Acknowledgement> items, QueueRules.Asking rules) {
        return name.secret() == secret
                && (rules.mayRenew()
                        || items.stream().noneMatch(i -> i.type() == Acknowledgement.Type.RENEW));
    }
}
