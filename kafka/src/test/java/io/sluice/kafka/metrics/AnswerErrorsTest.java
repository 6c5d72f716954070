package io.sluice.kafka.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.codec.Api;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every field of every answer that holds an error is counted, once. */
final class AnswerErrorsTest {

    private static final short ERROR = ErrorCode.NOT_LEADER_OR_FOLLOWER.code();

    @TestFactory
    List<DynamicTest> everyErrorOfAnAnswerIsCounted() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Api api : Api.values()) {
            tests.add(
                    DynamicTest.dynamicTest(
                            api.name(),
                            () -> {
                                ApiMessage answer =
                                        ApiMessageType.fromApiKey(api.key()).newResponse();
                                int errors = fill(answer);
                                ErrorCounts counts = new ErrorCounts();
                                AnswerErrors.count(answer, counts);
                                assertThat(errors).isPositive();
                                assertThat(counted(counts)).isEqualTo(errors);
                            }));
        }
        return tests;
    }

    @Test
    void anAnswerWithoutErrorsCountsNothing() {
        for (Api api : Api.values()) {
            ErrorCounts counts = new ErrorCounts();
            AnswerErrors.count(ApiMessageType.fromApiKey(api.key()).newResponse(), counts);
            assertThat(counted(counts)).as(api.name()).isZero();
        }
    }

    private static long counted(ErrorCounts counts) {
        long[] all = ErrorCounts.none();
        counts.addTo(all);
        return Arrays.stream(all).sum();
    }

    /**
     * Puts an error into every place there is, with one element in every list; returns how many.
     */
    @SuppressWarnings("unchecked")
    private static int fill(Object message) throws ReflectiveOperationException {
        int errors = 0;
        for (Field field : message.getClass().getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                continue;
            }
            field.setAccessible(true);
            if (field.getType() == short.class
                    && (field.getName().equals("errorCode")
                            || field.getName().equals("acknowledgeErrorCode")
                            || field.getName().equals("partitionErrorCode"))) {
                field.setShort(message, ERROR);
                errors++;
                continue;
            }
            Class<?> element = element(field);
            if (element != null) {
                Object one = element.getDeclaredConstructor().newInstance();
                int inside = fill(one);
                if (inside > 0) {
                    ((Collection<Object>) field.get(message)).add(one);
                    errors += inside;
                }
            }
        }
        return errors;
    }

    private static @Nullable Class<?> element(Field field) {
        Type type =
                List.class.isAssignableFrom(field.getType())
                        ? field.getGenericType()
                        : field.getType().getGenericSuperclass();
        return type instanceof ParameterizedType list
                        && list.getActualTypeArguments()[0] instanceof Class<?> element
                        && element.getName().contains("ResponseData$")
                ? element
                : null;
    }
}
