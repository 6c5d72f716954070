package io.sluice.engine.share;

import io.sluice.core.share.LedgerFormat.Who;
import io.sluice.core.share.Question;
import io.sluice.engine.partition.Partition;

/** Where queues put questions about records whose time is up, for groups that want to be asked. */
public interface QuestionBox {

    /** Of brokers that ask nobody: what is not asked is not answered, and comes back in time. */
    QuestionBox NONE =
            new QuestionBox() {
                @Override
                public long secret() {
                    return 0L;
                }

                @Override
                public void ask(
                        Partition partition,
                        String topic,
                        QuestionName name,
                        Question question,
                        Who who) {}
            };

    /** A number that nobody can guess. */
    long secret();

    /**
     * Asks once, as well as it can. On the partition's loop.
     *
     * @param topic of questions
     * @param who has the records
     */
    void ask(Partition partition, String topic, QuestionName name, Question question, Who who);
}
