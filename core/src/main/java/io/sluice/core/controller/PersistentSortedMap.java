package io.sluice.core.controller;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A sorted map that never changes: {@link #with} and {@link #without} give a new one that shares
 * all but a path of nodes with the old. So an image of ten thousand topics costs what changed in
 * it, and a decision can be tried on a copy for nothing. An AVL tree; order depends on keys alone.
 */
final class PersistentSortedMap<K extends Comparable<K>, V> extends AbstractMap<K, V>
        implements SortedMap<K, V> {

    private final @Nullable Node<K, V> root;

    /** Bounds of a view, inclusive and exclusive; null for none. */
    private final @Nullable K from;

    private final @Nullable K to;

    private PersistentSortedMap(@Nullable Node<K, V> root, @Nullable K from, @Nullable K to) {
        this.root = root;
        this.from = from;
        this.to = to;
    }

    private record Node<K, V>(
            K key,
            V value,
            @Nullable Node<K, V> left,
            @Nullable Node<K, V> right,
            int height,
            int size) {}

    static <K extends Comparable<K>, V> PersistentSortedMap<K, V> empty() {
        return new PersistentSortedMap<>(null, null, null);
    }

    static <K extends Comparable<K>, V> PersistentSortedMap<K, V> copyOf(Map<K, V> values) {
        PersistentSortedMap<K, V> map = empty();
        for (Entry<K, V> entry : values.entrySet()) {
            map = map.with(entry.getKey(), entry.getValue());
        }
        return map;
    }

    /** The same with that value under that key. */
    PersistentSortedMap<K, V> with(K key, V value) {
        requireWhole();
        return new PersistentSortedMap<>(put(root, key, value), null, null);
    }

    /** The same without that key. */
    PersistentSortedMap<K, V> without(K key) {
        requireWhole();
        return containsKey(key) ? new PersistentSortedMap<>(cut(root, key), null, null) : this;
    }

    private void requireWhole() {
        if (from != null || to != null) {
            throw new IllegalStateException("a view of a part makes no new map");
        }
    }

    private static int height(@Nullable Node<?, ?> node) {
        return node == null ? 0 : node.height;
    }

    private static int size(@Nullable Node<?, ?> node) {
        return node == null ? 0 : node.size;
    }

    private static <K, V> Node<K, V> node(
            K key, V value, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
        return new Node<>(
                key,
                value,
                left,
                right,
                1 + Math.max(height(left), height(right)),
                1 + size(left) + size(right));
    }

    /** A node over two trees whose heights differ by two at most. */
    private static <K, V> Node<K, V> balanced(
            K key, V value, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
        if (left != null && left.height > height(right) + 1) {
            Node<K, V> inner = left.right;
            if (inner != null && inner.height > height(left.left)) {
                return node(
                        inner.key,
                        inner.value,
                        node(left.key, left.value, left.left, inner.left),
                        node(key, value, inner.right, right));
            }
            return node(left.key, left.value, left.left, node(key, value, inner, right));
        }
        if (right != null && right.height > height(left) + 1) {
            Node<K, V> inner = right.left;
            if (inner != null && inner.height > height(right.right)) {
                return node(
                        inner.key,
                        inner.value,
                        node(key, value, left, inner.left),
                        node(right.key, right.value, inner.right, right.right));
            }
            return node(right.key, right.value, node(key, value, left, inner), right.right);
        }
        return node(key, value, left, right);
    }

    private static <K extends Comparable<K>, V> Node<K, V> put(
            @Nullable Node<K, V> at, K key, V value) {
        if (at == null) {
            return node(key, value, null, null);
        }
        int order = key.compareTo(at.key);
        if (order == 0) {
            return node(key, value, at.left, at.right);
        }
        return order < 0
                ? balanced(at.key, at.value, put(at.left, key, value), at.right)
                : balanced(at.key, at.value, at.left, put(at.right, key, value));
    }

    private static <K extends Comparable<K>, V> @Nullable Node<K, V> cut(
            @Nullable Node<K, V> at, K key) {
        if (at == null) {
            return null;
        }
        int order = key.compareTo(at.key);
        if (order < 0) {
            return balanced(at.key, at.value, cut(at.left, key), at.right);
        }
        if (order > 0) {
            return balanced(at.key, at.value, at.left, cut(at.right, key));
        }
        if (at.right == null) {
            return at.left;
        }
        Node<K, V> next = at.right;
        for (Node<K, V> left = next.left; left != null; left = left.left) {
            next = left;
        }
        return balanced(next.key, next.value, at.left, cut(at.right, next.key));
    }

    private boolean inBounds(K key) {
        return (from == null || key.compareTo(from) >= 0) && (to == null || key.compareTo(to) < 0);
    }

    @SuppressWarnings("unchecked") // as in every sorted map: a key of another type is refused
    private @Nullable Node<K, V> find(@Nullable Object wanted) {
        if (wanted == null) {
            return null;
        }
        K key = (K) wanted;
        if (!inBounds(key)) {
            return null;
        }
        Node<K, V> at = root;
        while (at != null) {
            int order = key.compareTo(at.key);
            if (order == 0) {
                return at;
            }
            at = order < 0 ? at.left : at.right;
        }
        return null;
    }

    @Override
    public @Nullable V get(@Nullable Object key) {
        Node<K, V> found = find(key);
        return found == null ? null : found.value;
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return find(key) != null;
    }

    @Override
    public int size() {
        if (from == null && to == null) {
            return size(root);
        }
        int count = 0;
        for (Iterator<Entry<K, V>> each = new InOrder(); each.hasNext(); each.next()) {
            count++;
        }
        return count;
    }

    @Override
    public boolean isEmpty() {
        return !new InOrder().hasNext();
    }

    @Override
    public Set<Entry<K, V>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<K, V>> iterator() {
                return new InOrder();
            }

            @Override
            public int size() {
                return PersistentSortedMap.this.size();
            }
        };
    }

    @Override
    public @Nullable Comparator<? super K> comparator() {
        return null;
    }

    @Override
    public SortedMap<K, V> subMap(K first, K end) {
        return tailMap(first).headMap(end);
    }

    @Override
    public PersistentSortedMap<K, V> headMap(K end) {
        return new PersistentSortedMap<>(
                root, from, to == null || end.compareTo(to) < 0 ? end : to);
    }

    @Override
    public PersistentSortedMap<K, V> tailMap(K first) {
        return new PersistentSortedMap<>(
                root, from == null || first.compareTo(from) > 0 ? first : from, to);
    }

    @Override
    public K firstKey() {
        return new InOrder().next().getKey();
    }

    @Override
    public K lastKey() {
        Node<K, V> at = root;
        Node<K, V> best = null;
        while (at != null) {
            if (to != null && at.key.compareTo(to) >= 0) {
                at = at.left;
            } else {
                best = at;
                at = at.right;
            }
        }
        if (best == null || !inBounds(best.key)) {
            throw new NoSuchElementException("the map is empty");
        }
        return best.key;
    }

    /** Entries from the lowest key on. */
    private final class InOrder implements Iterator<Entry<K, V>> {

        /** Nodes whose left side is done, the next one on top. */
        private final Deque<Node<K, V>> path = new ArrayDeque<>();

        InOrder() {
            descend(root);
        }

        private void descend(@Nullable Node<K, V> start) {
            Node<K, V> at = start;
            while (at != null) {
                if (from != null && at.key.compareTo(from) < 0) {
                    at = at.right;
                } else {
                    path.push(at);
                    at = at.left;
                }
            }
        }

        @Override
        public boolean hasNext() {
            Node<K, V> next = path.peek();
            return next != null && (to == null || next.key.compareTo(to) < 0);
        }

        @Override
        public Entry<K, V> next() {
            if (!hasNext()) {
                throw new NoSuchElementException("no further entry");
            }
            Node<K, V> next = path.pop();
            descend(next.right);
            return new SimpleImmutableEntry<>(next.key, next.value);
        }
    }
}
