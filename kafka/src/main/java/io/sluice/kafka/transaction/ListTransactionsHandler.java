package io.sluice.kafka.transaction;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.transaction.Transaction;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.core.transaction.TransactionState;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.jspecify.annotations.Nullable;

/**
 * ListTransactions, versions 0 to 2 (KIP-664): by state and producer id, by age from version 1
 * (KIP-994), by a pattern in RE2's syntax from version 2 (KIP-1152).
 */
public final class ListTransactionsHandler implements ApiHandler {

    private final KafkaServices services;

    public ListTransactionsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.LIST_TRANSACTIONS;
    }

    @Override
    public void handle(KafkaRequest request) {
        ListTransactionsRequestData data = request.message(ListTransactionsRequestData.class);
        ListTransactionsResponseData response = new ListTransactionsResponseData();
        Set<TransactionState> states = EnumSet.noneOf(TransactionState.class);
        for (String name : data.stateFilters()) {
            TransactionState.named(name)
                    .ifPresentOrElse(states::add, () -> response.unknownStateFilters().add(name));
        }
        Predicate<String> pattern;
        try {
            pattern = pattern(data.transactionalIdPattern());
        } catch (PatternSyntaxException e) {
            request.reply(response.setErrorCode(ErrorCode.INVALID_REGULAR_EXPRESSION.code()));
            return;
        }
        int partitions = services.transactions().topic().partitions();
        if (states.isEmpty() && !data.stateFilters().isEmpty()) {
            request.reply(response);
            return;
        }
        TransactionCommand question =
                new TransactionCommand.ListAll(
                        states, new TreeSet<>(data.producerIdFilters()), data.durationFilter());
        AllAnswered all = new AllAnswered();
        for (int i = 0; i < partitions; i++) {
            int partition = i;
            all.ask(done ->
                    services.transactions()
                            .ask(
                                    request,
                                    partition,
                                    question,
                                    TransactionReply.Listed.class,
                                    listed -> {
                                        add(listed, pattern, response);
                                        done.run();
                                    },
                                    error -> {
                                        // Transactions of other brokers are listed by them.
                                        if (error != ErrorCode.NOT_COORDINATOR) {
                                            response.setErrorCode(error.code());
                                        }
                                        done.run();
                                    }));
        }
        all.then(() -> request.reply(response));
    }

    private static Predicate<String> pattern(@Nullable String expression) {
        if (expression == null || expression.isEmpty()) {
            return id -> true;
        }
        Pattern compiled = Pattern.compile(expression);
        return compiled::matches;
    }

    private static void add(
            TransactionReply.Listed listed,
            Predicate<String> pattern,
            ListTransactionsResponseData response) {
        for (Transaction one : listed.transactions()) {
            if (pattern.test(one.id())) {
                response.transactionStates()
                        .add(
                                new ListTransactionsResponseData.TransactionState()
                                        .setTransactionalId(one.id())
                                        .setProducerId(one.producerId())
                                        .setTransactionState(one.state().shown()));
            }
        }
    }
}
