package io.sluice.engine.fake;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A disk that leaves something out: to whoever uses the storage over it, the same as storage that
 * forgot to ask for it.
 */
public final class LyingDisk {

    /** What is done with a call to the disk, or to one of its files. */
    public interface Lie {

        /**
         * @param path of the file or directory
         * @param honest the call as it should be
         */
        @Nullable Object call(String method, Path path, Honest honest) throws Throwable;
    }

    /** The call as it should be. */
    public interface Honest {
        @Nullable Object run() throws Throwable;
    }

    private LyingDisk() {}

    /** The disk as it is seen through the lie. */
    public static Disk over(Disk disk, Lie lie) {
        return proxy(
                Disk.class,
                (method, arguments) -> {
                    Path path = (Path) arguments[0];
                    Object result =
                            lie.call(method.getName(), path, () -> invoke(disk, method, arguments));
                    return result instanceof DiskFile file ? over(file, path, lie) : result;
                });
    }

    private static DiskFile over(DiskFile file, Path path, Lie lie) {
        return proxy(
                DiskFile.class,
                (method, arguments) ->
                        lie.call(method.getName(), path, () -> invoke(file, method, arguments)));
    }

    private interface Call {
        @Nullable Object run(Method method, Object[] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Call call) {
        Object proxy =
                Proxy.newProxyInstance(
                        LyingDisk.class.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, arguments) ->
                                call.run(method, arguments == null ? new Object[0] : arguments));
        return type.cast(proxy);
    }

    private static @Nullable Object invoke(Object target, Method method, Object[] arguments)
            throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            throw cause == null ? e : cause;
        }
    }
}
