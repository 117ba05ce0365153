package io.shoestring.consensus.ratis;

import io.shoestring.consensus.PemTls;
import io.shoestring.consensus.TlsFiles;

import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Where our needs differ from Ratis's defaults, which are made for big data: a few small values,
 * cheap machines, little memory, reads that are never stale.
 */
final class RatisProperties {
    /** The longest command, in bytes. An entry of the log has to fit the appender's buffer. */
    static final int LONGEST_COMMAND = 128 * 1024;

    private static final SizeInBytes APPENDER_BUFFER = SizeInBytes.valueOf("256KB");
    private static final SizeInBytes WRITE_BUFFER = SizeInBytes.valueOf("512KB");
    private static final TimeDuration ELECTION_MIN = millis(Duration.ofSeconds(1));
    private static final TimeDuration ELECTION_MAX = millis(Duration.ofSeconds(2));

    /** Nobody leads yet: no reason to wait for somebody's heartbeat as long as later. */
    private static final TimeDuration FIRST_ELECTION_MIN = millis(Duration.ofMillis(200));

    private static final TimeDuration FIRST_ELECTION_MAX = millis(Duration.ofMillis(600));

    private RatisProperties() {}

    static RaftProperties server(RatisSettings settings) {
        RaftProperties properties = new RaftProperties();
        RaftConfigKeys.Rpc.setType(properties, new SyncedGrpc());
        RaftServerConfigKeys.setStorageDir(properties, List.of(settings.directory().toFile()));
        RaftServerConfigKeys.setStorageFreeSpaceMin(properties, SizeInBytes.valueOf("0"));
        GrpcConfigKeys.Server.setHost(properties, settings.bind().host());
        GrpcConfigKeys.Server.setPort(properties, settings.bind().port());
        elections(properties);
        log(properties);
        snapshots(properties, settings.snapshotEntries());
        threads(properties);
        messages(properties);
        return properties;
    }

    /** For one who asks; {@code attempt} bounds one question to one server. */
    static RaftProperties client(Duration attempt) {
        RaftProperties properties = new RaftProperties();
        RaftConfigKeys.Rpc.setType(properties, SupportedRpcType.GRPC);
        RaftClientConfigKeys.Rpc.setRequestTimeout(properties, millis(attempt));
        messages(properties);
        return properties;
    }

    static Parameters parameters(RatisSettings settings) {
        Parameters parameters = new Parameters();
        settings.tls().ifPresent(tls -> GrpcConfigKeys.TLS.setConf(parameters, mutual(tls)));
        return parameters;
    }

    static Parameters server(RatisSettings settings, Leadership leadership) {
        Parameters parameters = parameters(settings);
        parameters.put(Leadership.PARAMETER, leadership, Leadership.class);
        return parameters;
    }

    /**
     * Not by the files: Ratis's library would have Bouncy Castle read the key, whose provider with
     * everything it needs then stays in memory (10 MB).
     */
    private static GrpcTlsConfig mutual(TlsFiles tls) {
        try {
            return new GrpcTlsConfig(
                    PemTls.identity(tls.key(), tls.certificate())[0],
                    PemTls.authority(tls.authority())[0],
                    true);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("the node's certificate: " + e.getMessage(), e);
        }
    }

    private static void elections(RaftProperties properties) {
        RaftServerConfigKeys.Rpc.setTimeoutMin(properties, ELECTION_MIN);
        RaftServerConfigKeys.Rpc.setTimeoutMax(properties, ELECTION_MAX);
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, FIRST_ELECTION_MIN);
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(properties, FIRST_ELECTION_MAX);
        RaftServerConfigKeys.Rpc.setRequestTimeout(properties, ELECTION_MIN);
        RaftServerConfigKeys.LeaderElection.setPreVote(properties, true);
        // Who leads by its own account answers, and our own state machine confirms it.
        RaftServerConfigKeys.Read.setOption(properties, RaftServerConfigKeys.Read.Option.DEFAULT);
    }

    private static void log(RaftProperties properties) {
        RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SizeInBytes.valueOf("1MB"));
        RaftServerConfigKeys.Log.setPreallocatedSize(properties, SizeInBytes.valueOf("64KB"));
        RaftServerConfigKeys.Log.setWriteBufferSize(properties, WRITE_BUFFER);
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, APPENDER_BUFFER);
        RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(
                properties, SizeInBytes.valueOf("1MB"));
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(properties, 2);
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(properties, SizeInBytes.valueOf("1MB"));
        RaftServerConfigKeys.Log.setQueueByteLimit(properties, SizeInBytes.valueOf("4MB"));
        RaftServerConfigKeys.Write.setByteLimit(properties, SizeInBytes.valueOf("4MB"));
        RaftServerConfigKeys.Log.setUnsafeFlushEnabled(properties, false);
        RaftServerConfigKeys.Log.setAsyncFlushEnabled(properties, false);
    }

    private static void snapshots(RaftProperties properties, int entries) {
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, true);
        RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, entries);
        RaftServerConfigKeys.Snapshot.setCreationGap(properties, Math.min(1_024, entries));
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(properties, 2);
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
        RaftServerConfigKeys.Log.setPurgeGap(properties, Math.min(1_024, entries));
    }

    private static void threads(RaftProperties properties) {
        RaftServerConfigKeys.ThreadPool.setClientSize(properties, 4);
        RaftServerConfigKeys.ThreadPool.setServerSize(properties, 4);
        RaftServerConfigKeys.ThreadPool.setProxySize(properties, 2);
        GrpcConfigKeys.Server.setAsyncRequestThreadPoolSize(properties, 4);
    }

    private static void messages(RaftProperties properties) {
        GrpcConfigKeys.setMessageSizeMax(properties, SizeInBytes.valueOf("4MB"));
    }

    static TimeDuration millis(Duration duration) {
        return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
    }
}
