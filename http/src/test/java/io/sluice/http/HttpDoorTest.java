package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.engine.metrics.LatencyHistogram;
import io.sluice.engine.metrics.MetricSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The door by a client, over a socket. */
final class HttpDoorTest {

    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0";

    private final HttpClient client = HttpClient.newHttpClient();
    private volatile List<String> against = List.of();
    private final List<HttpDoor> doors = new ArrayList<>();

    private final Health health =
            new Health() {
                @Override
                public List<String> notStarted() {
                    return against;
                }

                @Override
                public List<String> notReady() {
                    return against;
                }

                @Override
                public List<String> notAlive() {
                    return against;
                }
            };

    @AfterEach
    void close() {
        doors.forEach(HttpDoor::close);
        client.close();
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private int open(MetricSource... sources) {
        HttpDoor door = new HttpDoor(List.of(sources), health);
        doors.add(door);
        try {
            return door.open(loopback(0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpResponse<String> get(int port, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void metricsAreToldInPrometheusFormat() throws Exception {
        LatencyHistogram histogram = new LatencyHistogram();
        histogram.record(2_000_000L);
        int port =
                open(sink -> {
                    sink.counter("sluice_things_total", "Things.", 3, "kind", "a \"b\"\n\\");
                    sink.gauge("sluice_level_bytes", "Level.", 1.5);
                    sink.histogram("sluice_wait_seconds", "Wait.", histogram.read(), "api", "x");
                });

        HttpResponse<String> page = get(port, "/metrics");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type"))
                .hasValueSatisfying(
                        type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
        assertThat(page.body().lines())
                .contains(
                        "# HELP sluice_things_total Things.",
                        "# TYPE sluice_things_total counter",
                        "sluice_things_total{kind=\"a \\\"b\\\"\\n\\\\\"} 3.0",
                        "# TYPE sluice_level_bytes gauge",
                        "sluice_level_bytes 1.5",
                        "# TYPE sluice_wait_seconds histogram",
                        "sluice_wait_seconds_bucket{api=\"x\",le=\"0.001\"} 0",
                        "sluice_wait_seconds_bucket{api=\"x\",le=\"0.0025\"} 1",
                        "sluice_wait_seconds_bucket{api=\"x\",le=\"+Inf\"} 1",
                        "sluice_wait_seconds_count{api=\"x\"} 1",
                        "sluice_wait_seconds_sum{api=\"x\"} 0.002")
                .anyMatch(line -> line.startsWith("jvm_memory_used_bytes"))
                .anyMatch(line -> line.startsWith("jvm_buffer_pool_used_bytes"))
                .anyMatch(line -> line.startsWith("process_open_fds"));
    }

    @Test
    void whoAsksForOpenMetricsGetsIt() throws Exception {
        int port = open(sink -> sink.counter("sluice_things_total", "Things.", 3));

        HttpResponse<String> page = get(port, "/metrics", "Accept", OPEN_METRICS);

        assertThat(page.headers().firstValue("Content-Type"))
                .hasValueSatisfying(
                        type -> assertThat(type).startsWith("application/openmetrics-text"));
        assertThat(page.body()).contains("# TYPE sluice_things counter").endsWith("# EOF\n");
    }

    @Test
    void aSourceThatFailsTakesNoOtherWithIt() throws Exception {
        int port =
                open(
                        sink -> {
                            throw new IllegalStateException("planted");
                        },
                        sink -> sink.gauge("sluice_level_bytes", "Level.", 7));
        assertThat(get(port, "/metrics").body().lines())
                .contains("sluice_level_bytes 7.0", "sluice_metric_failures_total 1.0");
        assertThat(get(port, "/metrics").body().lines())
                .contains("sluice_metric_failures_total 2.0");
    }

    @Test
    void probesTellYesOrWhyNot() throws Exception {
        int port = open();
        for (String probe : List.of("started", "ready", "live")) {
            against = List.of();
            HttpResponse<String> yes = get(port, "/health/" + probe);
            assertThat(yes.statusCode()).isEqualTo(200);
            assertThat(yes.body()).isEqualTo("yes\n");

            against = List.of("the broker starts", "no log directory serves");
            HttpResponse<String> no = get(port, "/health/" + probe);
            assertThat(no.statusCode()).isEqualTo(503);
            assertThat(no.body()).isEqualTo("the broker starts\nno log directory serves\n");
            assertThat(no.headers().firstValue("Cache-Control")).hasValue("no-store");
        }
    }

    @Test
    void nothingElseIsServed() throws Exception {
        int port = open();
        assertThat(get(port, "/").body()).contains("/metrics", "/health/ready");
        assertThat(get(port, "/admin").statusCode()).isEqualTo(404);
        assertThat(get(port, "/health/../etc/passwd").statusCode()).isEqualTo(404);
        HttpRequest post =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                        .POST(HttpRequest.BodyPublishers.ofString("x"))
                        .build();
        assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isBetween(404, 405);
    }

    @Test
    void aRequestBeyondTheBoundsIsRefused() throws Exception {
        int port = open();
        String long1 = "x".repeat(HttpDoor.MAX_HEADERS_BYTES + 1);
        assertThat(get(port, "/health/live", "X-Long", long1).statusCode()).isEqualTo(400);
        String long2 = "y".repeat(HttpDoor.MAX_REQUEST_LINE_BYTES + 1);
        assertThat(get(port, "/" + long2).statusCode()).isBetween(400, 414);
        assertThat(get(port, "/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void aConnectionIsClosedWhenItsClientAsksForThat() throws Exception {
        int port = open();
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(20_000);
            String request = "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(all).startsWith("HTTP/1.1 200").endsWith("yes\n");
        }
    }

    @Test
    void garbageCostsItsSenderTheConnectionAndNobodyElse() throws Exception {
        int port = open();
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.getOutputStream().write(new byte[] {0, 1, 2, 3, '\r', '\n', '\r', '\n'});
            InputStream in = socket.getInputStream();
            String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer.isEmpty() || answer.startsWith("HTTP/1.1 4")).isTrue();
        }
        assertThat(get(port, "/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void scrapesGoOneAfterTheOther() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        int[] inside = new int[2];
        int port =
                open(sink -> {
                    inside[0]++;
                    inside[1] = Math.max(inside[0], inside[1]);
                    begun.countDown();
                    try {
                        goOn.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    inside[0]--;
                });
        Thread first = Thread.ofVirtual().start(() -> scrape(port));
        begun.await();
        Thread second = Thread.ofVirtual().start(() -> scrape(port));
        assertThat(get(port, "/health/live").statusCode()).isEqualTo(200); // nobody waits for them
        goOn.countDown();
        first.join();
        second.join();
        assertThat(inside[1]).isEqualTo(1);
    }

    private void scrape(int port) {
        try {
            get(port, "/metrics");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anAddressInUseIsToldClearly() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            HttpDoor door = new HttpDoor(List.of(), health);
            doors.add(door);
            assertThatThrownBy(() -> door.open(loopback(taken.getLocalPort())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void closedItLeavesNothing() throws Exception {
        int port = open();
        try (Socket open = new Socket("127.0.0.1", port)) {
            get(port, "/health/live");
            doors.removeLast().close();
            open.setSoTimeout(10_000);
            assertThat(open.getInputStream().read()).isEqualTo(-1);
        }
        assertThatThrownBy(() -> new Socket("127.0.0.1", port).close())
                .isInstanceOf(IOException.class);
        new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    }
}
