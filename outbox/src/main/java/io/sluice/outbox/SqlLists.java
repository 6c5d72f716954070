package io.sluice.outbox;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Lists in statements: {@code IN (?, ?, ...)}. A list is filled up to a power of two with its last
 * member, so that there are few different statements for a database to prepare.
 */
final class SqlLists {

    private static final int MOST_MEMBERS = 256;

    private SqlLists() {}

    /** The list in parts that fit into a statement. */
    static <T> List<List<T>> chunks(List<T> all) {
        List<List<T>> chunks = new ArrayList<>();
        for (int from = 0; from < all.size(); from += MOST_MEMBERS) {
            chunks.add(all.subList(from, Math.min(all.size(), from + MOST_MEMBERS)));
        }
        return chunks;
    }

    static String marks(Collection<?> members) {
        return "(?" + ", ?".repeat(filled(members.size()) - 1) + ")";
    }

    /** Sets the members as the first parameters. */
    static void bind(PreparedStatement statement, Collection<?> members) throws SQLException {
        int index = 1;
        Object last = null;
        for (Object member : members) {
            statement.setObject(index++, member);
            last = member;
        }
        while (last != null && index <= filled(members.size())) {
            statement.setObject(index++, last);
        }
    }

    private static int filled(int size) {
        return size <= 1 ? 1 : Integer.highestOneBit(size - 1) << 1;
    }
}
