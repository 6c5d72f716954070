package io.sluice.outbox;

import io.sluice.outbox.harness.Sources;
import javax.sql.DataSource;

final class H2OutboxTest extends OutboxContract {

    @Override
    DataSource source() {
        return Sources.h2InMemory();
    }
}
