package io.shoestring.network;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.util.concurrent.ThreadAwareExecutor;

/**
 * Netty's epoll, but for one thing: Netty (4.2.18) takes a socket out of epoll when nothing is
 * wanted of it for now, and fails when something is wanted again, with {@code epoll_ctl(..) failed:
 * No such file}. A connection whose peer has said everything and takes its answer slowly would be
 * broken off in the middle. So such a socket stays, for one event at most (epoll_ctl(2), {@code
 * EPOLLONESHOT}): a broken connection must not wake the loop for ever either.
 */
final class EpollHandlers {
    private static final EpollIoOps NOTHING = EpollIoOps.valueOf(0);
    private static final EpollIoOps ONE_ERROR = EpollIoOps.valueOf(1 << 30);

    private EpollHandlers() {}

    static IoHandlerFactory newFactory() {
        IoHandlerFactory netty = EpollIoHandler.newFactory();
        return new IoHandlerFactory() {
            @Override
            public IoHandler newHandler(ThreadAwareExecutor executor) {
                return new Handler(netty.newHandler(executor));
            }

            @Override
            public boolean isChangingThreadSupported() {
                return netty.isChangingThreadSupported();
            }
        };
    }

    private record Handler(IoHandler netty) implements IoHandler {
        @Override
        public void initialize() {
            netty.initialize();
        }

        @Override
        public int run(IoHandlerContext context) {
            return netty.run(context);
        }

        @Override
        public void prepareToDestroy() {
            netty.prepareToDestroy();
        }

        @Override
        public void destroy() {
            netty.destroy();
        }

        @Override
        public IoRegistration register(IoHandle handle) throws Exception {
            return new Registration(netty.register(handle));
        }

        @Override
        public void wakeup() {
            netty.wakeup();
        }

        @Override
        public boolean isCompatible(Class<? extends IoHandle> handleType) {
            return netty.isCompatible(handleType);
        }
    }

    private record Registration(IoRegistration netty) implements IoRegistration {
        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // Netty's own.
        public <T> T attachment() {
            return netty.attachment();
        }

        @Override
        public long submit(IoOps wanted) {
            return netty.submit(wanted.equals(NOTHING) ? ONE_ERROR : wanted);
        }

        @Override
        public boolean isValid() {
            return netty.isValid();
        }

        @Override
        public boolean cancel() {
            return netty.cancel();
        }
    }
}
