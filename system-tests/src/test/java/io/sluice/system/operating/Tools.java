package io.sluice.system.operating;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** What asks a broker over HTTP. */
final class Tools {

    /** What is told of a broker that does not answer. */
    static final int NO_ANSWER = -1;

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private Tools() {}

    /** The metrics now. */
    static Exposition scrape(String address) {
        HttpResponse<String> page = get(address, "/metrics");
        if (page.statusCode() != 200) {
            throw new AssertionError(page.statusCode() + ": " + page.body());
        }
        return Exposition.parse(page.body());
    }

    static HttpResponse<String> get(String address, String path) {
        try {
            return send(address, path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The status that a probe answers with. */
    static int probe(String address, String name) {
        try {
            return send(address, "/health/" + name).statusCode();
        } catch (IOException e) {
            return NO_ANSWER;
        }
    }

    private static HttpResponse<String> send(String address, String path) throws IOException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://" + address + path))
                        .timeout(Duration.ofSeconds(20))
                        .build();
        try {
            return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
