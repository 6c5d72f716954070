package io.sluice.broker;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * The log goes to standard error, one line an event. Set up in code because reading an XML file
 * costs a tenth of a second at every start; {@code -Dlogback.configurationFile=FILE} takes
 * precedence.
 */
public final class LogConfigurator extends ContextAwareBase implements Configurator {

    private static final String PATTERN = "%d{HH:mm:ss.SSS} %-5level %logger{0} %msg%n";

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        if (System.getProperty("logback.configurationFile") != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        context.getLogger("ROOT").addAppender(appender);
        Level level = Level.toLevel(level(), Level.INFO);
        context.getLogger("ROOT").setLevel(level);
        if (level.isGreaterOrEqual(Level.INFO)) {
            // Loud about all that it survives; what matters of it is told by our own loggers.
            context.getLogger("org.apache.ratis").setLevel(Level.OFF);
            context.getLogger("io.helidon").setLevel(Level.WARN);
        }
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static String level() {
        String fromEnvironment = System.getenv("SLUICE_LOG_LEVEL");
        return System.getProperty(
                "sluice.log.level", fromEnvironment == null ? "INFO" : fromEnvironment);
    }
}
