package io.sluice.metadata;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A broker that votes, as {@code controller.quorum.voters} names it: {@code id@host:port}. */
public record Voter(int brokerId, Endpoint address) {

    /** Reads a list of voters, separated by commas. */
    public static List<Voter> parse(String text) {
        List<Voter> voters = new ArrayList<>();
        Set<Integer> seen = new HashSet<>();
        for (String one : text.split(",", -1)) {
            int at = one.indexOf('@');
            try {
                int id = Integer.parseInt(one.substring(0, Math.max(0, at)).strip());
                if (id < 0 || !seen.add(id)) {
                    throw new IllegalArgumentException("broker id %d".formatted(id));
                }
                voters.add(new Voter(id, Endpoint.parse(one.substring(at + 1).strip())));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "'%s' is not id@host:port with an id of its own".formatted(one), e);
            }
        }
        return voters;
    }

    @Override
    public String toString() {
        return brokerId + "@" + address;
    }
}
