package io.sluice.system.harness;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The process of a {@link ToolShell}: commands come by standard input, results go by standard
 * output. It knows Kafka's classes by name alone, for it is compiled against others.
 */
final class ToolShellProgram {

    private static final int NONE = -1;

    /** Thrown where a tool would end the process. */
    private static final class Ended extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Ended(int code) {
            super("exit " + code);
        }
    }

    private final DataInputStream commands = new DataInputStream(System.in);
    private final DataOutputStream results = new DataOutputStream(System.out);
    private int exitCode = NONE;

    private ToolShellProgram() {}

    /** Runs what it is told to until nobody tells it any more. */
    public static void main(String[] none) throws Exception {
        ToolShellProgram program = new ToolShellProgram();
        program.catchExits();
        try {
            while (true) {
                program.next();
            }
        } catch (EOFException over) {
            System.exit(0);
        }
    }

    private void catchExits() throws ReflectiveOperationException {
        Class<?> exit = Class.forName("org.apache.kafka.common.utils.Exit");
        Class<?> procedure = Class.forName("org.apache.kafka.common.utils.Exit$Procedure");
        Object ending =
                Proxy.newProxyInstance(
                        procedure.getClassLoader(),
                        new Class<?>[] {procedure},
                        (proxy, method, arguments) -> {
                            int code = (Integer) arguments[0];
                            exitCode = exitCode == NONE ? code : exitCode;
                            throw new Ended(code);
                        });
        exit.getMethod("setExitProcedure", procedure).invoke(null, ending);
        exit.getMethod("setHaltProcedure", procedure).invoke(null, ending);
    }

    private void next() throws IOException {
        String mainClass = commands.readUTF();
        List<String> arguments = new ArrayList<>();
        for (int left = commands.readInt(); left > 0; left--) {
            arguments.add(commands.readUTF());
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        exitCode = NONE;
        try {
            Class.forName(mainClass)
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) arguments.toArray(String[]::new));
        } catch (InvocationTargetException e) {
            Throwable thrown = e.getTargetException();
            if (!(thrown instanceof Ended)) {
                thrown.printStackTrace(System.err);
                exitCode = 1;
            }
        } catch (ReflectiveOperationException e) {
            e.printStackTrace(System.err);
            exitCode = 1;
        }
        results.writeInt(exitCode == NONE ? 0 : exitCode);
        results.writeInt(out.size());
        out.writeTo(results);
        results.writeInt(err.size());
        err.writeTo(results);
        results.flush();
    }
}
