package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** PostgreSQL, asked by pgbench. */
record PostgresEngine(SqlShape shape) implements SqlEngine {
    private static final int POOL = 20;

    @Override
    public String name() {
        return "postgresql";
    }

    @Override
    public void prepare(Ground ground, Cluster cluster)
            throws BenchException, InterruptedException {
        PgbenchLoad.prepare(ground, cluster);
    }

    @Override
    public Load load(Ground ground, Cluster cluster) {
        return new PgbenchLoad(ground, shape, cluster);
    }

    @Override
    public Optional<Contender> start(Ground ground, Cluster cluster, Peer peer)
            throws BenchException, IOException, InterruptedException {
        return switch (peer.kind()) {
            case PGBOUNCER -> Optional.of(pgbouncer(ground, cluster, peer));
            case PGPOOL -> Optional.of(pgpool(ground, cluster, peer));
            default -> Optional.empty();
        };
    }

    private Contender pgbouncer(Ground ground, Cluster cluster, Peer peer)
            throws BenchException, IOException, InterruptedException {
        Endpoint endpoint = ground.freeEndpoint();
        var users =
                ground.write(
                        peer.name() + ".users",
                        "\"%s\" \"%s\"\n".formatted(cluster.user(), cluster.password()));
        var file =
                ground.write(
                        peer.name() + ".ini",
                        """
                        [databases]
                        * = host=%s port=%d
                        [pgbouncer]
                        listen_addr = %s
                        listen_port = %d
                        unix_socket_dir =
                        auth_type = scram-sha-256
                        auth_file = %s
                        pool_mode = %s
                        max_client_conn = 12000
                        default_pool_size = %d
                        ignore_startup_parameters = extra_float_digits
                        """
                                .formatted(
                                        cluster.primary().host(),
                                        cluster.primary().port(),
                                        endpoint.host(),
                                        endpoint.port(),
                                        users,
                                        shape.pool(),
                                        shape.pool().equals("session")
                                                ? 2 * shape.clients()
                                                : POOL));
        List<String> command = new ArrayList<>(asServer(ground));
        command.addAll(List.of(peer.program().toString(), "-q", file.toString()));
        return started(ground, cluster, peer, endpoint, command);
    }

    /** One process for each client, as it wants. */
    private Contender pgpool(Ground ground, Cluster cluster, Peer peer)
            throws BenchException, IOException, InterruptedException {
        Endpoint endpoint = ground.freeEndpoint();
        String name = peer.name();
        ground.write(name + ".passwd", cluster.user() + ":TEXT" + cluster.password() + "\n");
        ground.write(name + ".hba", "host all all 127.0.0.1/32 scram-sha-256\n");
        ground.write(name + ".pcp", "");
        var file =
                ground.write(
                        name + ".conf",
                        """
                        backend_clustering_mode = 'streaming_replication'
                        listen_addresses = '%1$s'
                        port = %2$d
                        pcp_listen_addresses = ''
                        unix_socket_directories = '%3$s'
                        pcp_socket_dir = '%3$s'
                        logdir = '%3$s'
                        pid_file_name = '%3$s/%4$s.pid'
                        backend_hostname0 = '%5$s'
                        backend_port0 = %6$d
                        backend_weight0 = 1
                        backend_hostname1 = '%7$s'
                        backend_port1 = %8$d
                        backend_weight1 = 1
                        enable_pool_hba = on
                        pool_passwd = '%3$s/%4$s.passwd'
                        num_init_children = %9$d
                        max_pool = 1
                        load_balance_mode = %10$s
                        sr_check_period = 10
                        sr_check_user = '%11$s'
                        sr_check_password = '%12$s'
                        sr_check_database = '%13$s'
                        """
                                .formatted(
                                        endpoint.host(),
                                        endpoint.port(),
                                        ground.path("."),
                                        name,
                                        cluster.primary().host(),
                                        cluster.primary().port(),
                                        cluster.replica().host(),
                                        cluster.replica().port(),
                                        shape.clients() + POOL,
                                        shape.splits() ? "on" : "off",
                                        cluster.user(),
                                        cluster.password(),
                                        cluster.database()));
        List<String> command = new ArrayList<>(asServer(ground));
        command.addAll(
                List.of(
                        peer.program().toString(),
                        "-n",
                        "-f",
                        file.toString(),
                        "-a",
                        ground.path(name + ".hba").toString(),
                        "-F",
                        ground.path(name + ".pcp").toString()));
        return started(ground, cluster, peer, endpoint, command);
    }

    private Contender started(
            Ground ground, Cluster cluster, Peer peer, Endpoint endpoint, List<String> command)
            throws BenchException, IOException, InterruptedException {
        Process process = ground.start(peer.name(), command);
        ground.awaitOpen(peer.name(), process, endpoint);
        return new Contender(
                peer.name(),
                peer.kind(),
                endpoint,
                new ProcessFigures(process.toHandle(), true),
                new PgbenchLoad(ground, shape, cluster));
    }

    /** Neither of them runs as root. */
    private static List<String> asServer(Ground ground)
            throws BenchException, InterruptedException {
        if (!"root".equals(System.getProperty("user.name"))) {
            return List.of();
        }
        ground.giveTo("postgres");
        return List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--");
    }
}
