package io.sluice.http;

import io.helidon.common.socket.SocketOptions;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.sluice.engine.metrics.MetricSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The listener for tools.
 *
 * <pre>
 *   GET /metrics         Prometheus' text format, or OpenMetrics for who asks for it
 *   GET /health/started  200 once the start is over, else 503 and why
 *   GET /health/ready    200 while clients are served, else 503 and why
 *   GET /health/live     200 while the broker works, else 503 and why
 * </pre>
 *
 * <p>Bounds: connections, beyond which the next waits to be accepted; a request's line, headers and
 * body; silence. One scrape at a time: others wait, and then are told to come again.
 */
public final class HttpDoor implements AutoCloseable {

    static final int MAX_CONNECTIONS = 256;
    static final int MAX_REQUEST_LINE_BYTES = 2_048;
    static final int MAX_HEADERS_BYTES = 8_192;
    static final int MAX_BODY_BYTES = 1_024;

    private static final Duration SILENCE = Duration.ofSeconds(60);
    private static final Duration STOP_GRACE = Duration.ofMillis(500);
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String CONTENTS =
            """
            Sluice
            /metrics         metrics for Prometheus
            /health/started  whether the start is over
            /health/ready    whether clients are served
            /health/live     whether the broker works
            """;

    private final MetricsPage metrics;
    private final Health health;
    private @Nullable WebServer server;

    /** Opens nothing yet. */
    public HttpDoor(List<MetricSource> sources, Health health) {
        this.metrics = new MetricsPage(sources);
        this.health = health;
    }

    /**
     * Begins to listen.
     *
     * @param address resolved; port 0 takes a free one
     * @return the port
     * @throws IOException if the address cannot be listened at
     */
    public int open(InetSocketAddress address) throws IOException {
        check(address);
        WebServer made =
                WebServer.builder()
                        .shutdownHook(false)
                        .featuresDiscoverServices(false)
                        .address(address.getAddress())
                        .port(address.getPort())
                        .maxTcpConnections(MAX_CONNECTIONS)
                        .maxPayloadSize(MAX_BODY_BYTES)
                        .idleConnectionTimeout(SILENCE)
                        .shutdownGracePeriod(STOP_GRACE)
                        .connectionOptions(SocketOptions.builder().readTimeout(SILENCE).build())
                        .addProtocol(
                                Http1Config.builder()
                                        .maxPrologueLength(MAX_REQUEST_LINE_BYTES)
                                        .maxHeadersSize(MAX_HEADERS_BYTES)
                                        .build())
                        .routing(this::route)
                        .build();
        made.start();
        if (!made.isRunning()) {
            throw new IOException("the HTTP server did not start; the log says why");
        }
        server = made;
        return made.port();
    }

    /**
     * Whether an address can be listened at. The server itself would only log that it cannot.
     *
     * @throws IOException if not, and why
     */
    public static void check(InetSocketAddress address) throws IOException {
        try (ServerSocket trial = new ServerSocket()) {
            trial.setReuseAddress(true);
            trial.bind(address);
        }
    }

    private void route(HttpRouting.Builder routes) {
        routes.addFilter(HttpDoor::closeAsAsked)
                .get("/", (request, response) -> tell(response, Status.OK_200, CONTENTS))
                .get("/metrics", this::scrape)
                .get("/health/started", (request, response) -> probe(response, health::notStarted))
                .get("/health/ready", (request, response) -> probe(response, health::notReady))
                .get("/health/live", (request, response) -> probe(response, health::notAlive));
    }

    /**
     * RFC 9112 section 9.6; Helidon 4.5.0 says that it closes, and waits for the client to do it.
     */
    private static void closeAsAsked(
            FilterChain chain, RoutingRequest request, RoutingResponse response) {
        chain.proceed();
        if (request.headers().contains(HeaderValues.CONNECTION_CLOSE)) {
            throw new CloseConnectionException("the client asked for it");
        }
    }

    private void scrape(ServerRequest request, ServerResponse response) throws IOException {
        String accepted = request.headers().first(HeaderNames.ACCEPT).orElse("");
        MetricsPage.@Nullable Page page = metrics.render(accepted);
        if (page == null) {
            tell(response, Status.SERVICE_UNAVAILABLE_503, "others scrape, come again\n");
        } else {
            response.header(HeaderNames.CONTENT_TYPE, page.contentType());
            response.send(page.bytes());
        }
    }

    private static void probe(ServerResponse response, Supplier<List<String>> question) {
        List<String> against = question.get();
        if (against.isEmpty()) {
            tell(response, Status.OK_200, "yes\n");
        } else {
            tell(response, Status.SERVICE_UNAVAILABLE_503, String.join("\n", against) + "\n");
        }
    }

    private static void tell(ServerResponse response, Status status, String text) {
        response.status(status)
                .header(HeaderNames.CONTENT_TYPE, TEXT)
                .header(HeaderNames.CACHE_CONTROL, "no-store")
                .send(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        WebServer open = server;
        if (open != null) {
            open.stop();
        }
    }
}
