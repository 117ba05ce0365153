package io.shoestring.config;

import io.shoestring.config.DatabaseConfig.Member;
import io.shoestring.config.DatabaseConfig.Superuser;
import io.shoestring.model.AddressName;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Follows;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Makes the records of a file in which nothing was found wrong. */
final class ConfigBuilder {
    private final Fields root;
    private final Path base;

    ConfigBuilder(Fields root, Path base) {
        this.root = root;
        this.base = base;
    }

    ShoestringConfig build() {
        ClusterConfig cluster = cluster(root.section(Keys.CLUSTER));
        Map<DatabaseName, DatabaseConfig> databases = databases();
        return new ShoestringConfig(
                cluster,
                consensus(),
                databases,
                listeners(cluster, databases),
                BackendBuilder.backends(root, this::resolve),
                addresses(databases),
                admin(cluster),
                AcmeKeys.build(root, this::resolve));
    }

    private Path resolve(Path path) {
        return base.resolve(path).normalize();
    }

    private ClusterConfig cluster(Fields fields) {
        Fields table = fields.table(Keys.NODES);
        Map<NodeName, String> nodes = new LinkedHashMap<>();
        for (String name : table.names()) {
            nodes.put(new NodeName(name), table.value(name, Keys.NODE).orElseThrow().value());
        }
        Path directory = resolve(fields.sound(Keys.DIRECTORY));
        return new ClusterConfig(
                fields.sound(Keys.CLUSTER_NAME),
                nodes,
                fields.sound(Keys.CLUSTER_PORT),
                fields.sound(Keys.CONSENSUS_PORT),
                directory,
                file(fields, Keys.WATCHDOG),
                fence(fields));
    }

    private static Optional<ClusterConfig.Fence> fence(Fields cluster) {
        if (!cluster.names().contains(FenceKeys.FENCE.name())) {
            return Optional.empty();
        }
        Fields fields = cluster.section(FenceKeys.FENCE);
        return Optional.of(
                new ClusterConfig.Fence(
                        fields.values(FenceKeys.COMMAND, FenceKeys.WORD),
                        fields.sound(FenceKeys.TIMEOUT)));
    }

    private ConsensusConfig consensus() {
        Fields fields = root.section(ConsensusKeys.CONSENSUS);
        return new ConsensusConfig(
                fields.values(ConsensusKeys.ETCD, ConsensusKeys.ETCD_URL),
                fields.value(ConsensusKeys.ETCD_USER).map(Placed::value),
                file(fields, ConsensusKeys.ETCD_PASSWORD_FILE),
                file(fields, ConsensusKeys.ETCD_CA_FILE),
                file(fields, ConsensusKeys.ETCD_CERTIFICATE_FILE),
                file(fields, ConsensusKeys.ETCD_KEY_FILE));
    }

    private Optional<Path> file(Fields fields, Key.Value<Path> key) {
        return fields.value(key).map(placed -> resolve(placed.value()));
    }

    private Map<DatabaseName, DatabaseConfig> databases() {
        Fields table = root.table(Keys.DATABASES);
        Map<DatabaseName, DatabaseConfig> databases = new LinkedHashMap<>();
        for (String name : table.names()) {
            databases.put(new DatabaseName(name), database(name, table.child(name)));
        }
        return databases;
    }

    private DatabaseConfig database(String name, Fields fields) {
        boolean managed = fields.sound(Keys.MANAGE);
        Map<MemberName, Member> members = new LinkedHashMap<>();
        Map<MemberName, Endpoint> observed = new LinkedHashMap<>();
        for (FoundMember member : FoundMember.of(name, root)) {
            MemberName called = new MemberName(member.name());
            if (managed) {
                members.put(called, member(member));
            } else {
                observed.put(called, member.endpoint().orElseThrow());
            }
        }
        Fields superuser = fields.section(Keys.SUPERUSER);
        return new DatabaseConfig(
                new DatabaseName(name),
                fields.sound(Keys.ENGINE),
                fields.sound(Keys.PROTECTION),
                fields.value(Keys.PROGRAMS).map(placed -> resolve(placed.value())),
                fields.value(Keys.CLONE_RATE)
                        .map(rate -> OptionalInt.of(rate.value()))
                        .orElseGet(OptionalInt::empty),
                new Superuser(
                        superuser.sound(Keys.SUPERUSER_NAME),
                        resolve(superuser.sound(Keys.PASSWORD_FILE)),
                        ServerTlsKeys.build(fields, this::resolve)),
                AuthQueryKeys.build(fields, this::resolve),
                members,
                observed,
                LossLimitKeys.build(fields),
                fields.sound(Keys.TOPOLOGY),
                fields.value(Keys.COMPARE_ROWS).map(Placed::value));
    }

    private Member member(FoundMember member) {
        Fields fields = member.fields();
        Optional<Delay> delay = fields.value(Keys.DELAY).map(Placed::value);
        return new Member(
                new MemberName(member.name()),
                new NodeName(member.node().orElseThrow()),
                resolve(fields.sound(Keys.DATA)),
                fields.value(Keys.CONFIG_FILE).map(placed -> resolve(placed.value())),
                fields.sound(Keys.PORT),
                delay.isPresent() ? 0 : fields.sound(Keys.PRIORITY),
                delay,
                fields.value(Keys.UPSTREAM).map(Placed::value).map(MemberName::new));
    }

    private Map<String, ListenerConfig> listeners(
            ClusterConfig cluster, Map<DatabaseName, DatabaseConfig> databases) {
        Fields table = root.table(Keys.LISTENERS);
        Map<String, ListenerConfig> listeners = new LinkedHashMap<>();
        for (String name : table.names()) {
            listeners.put(name, listener(name, table.child(name), cluster, databases));
        }
        return listeners;
    }

    private ListenerConfig listener(
            String name,
            Fields fields,
            ClusterConfig cluster,
            Map<DatabaseName, DatabaseConfig> databases) {
        return switch (fields.sound(Keys.PROTOCOL)) {
            case POSTGRESQL -> postgresqlListener(name, fields, this::resolve);
            case MYSQL -> MysqlKeys.build(name, fields, this::resolve, databases, cluster.nodes());
            case TCP -> new ListenerBuilder(this::resolve).tcp(name, fields);
            case HTTP -> new ListenerBuilder(this::resolve).http(name, fields);
        };
    }

    private ListenerConfig postgresqlListener(
            String name, Fields fields, UnaryOperator<Path> resolve) {
        String database = fields.sound(Keys.LISTENER_DATABASE);
        Fields all = root.table(Keys.DATABASES);
        return new PostgresListenerConfig(
                name,
                fields.sound(Keys.LISTENER_BIND),
                TlsKeys.buildPostgresql(fields, resolve),
                new DatabaseName(database),
                ServerTlsKeys.build(all.child(database), resolve),
                DatabaseRouteKeys.build(fields, all, resolve),
                ReadsKeys.build(fields),
                AccessKeys.build(fields),
                fields.values(ProxyHeaderKeys.PROXIES, ProxyHeaderKeys.PROXY),
                fields.sound(Keys.HOLD),
                ReplayKeys.build(fields.section(ReplayKeys.REPLAY)),
                fields.sound(Keys.MAX_CONNECTIONS),
                PoolKeys.ofUser(fields),
                PoolKeys.build(fields.section(PoolKeys.POOL)),
                fields.value(Keys.CONSOLE).map(Placed::value));
    }

    private List<AddressSpec> addresses(Map<DatabaseName, DatabaseConfig> databases) {
        Fields table = root.table(Keys.ADDRESSES);
        List<AddressSpec> addresses = new ArrayList<>();
        for (String name : table.names()) {
            Fields fields = table.child(name);
            Follows follows = follows(fields);
            addresses.add(
                    new AddressSpec(
                            new AddressName(name),
                            fields.sound(Keys.ADDRESS),
                            fields.value(Keys.INTERFACE).map(Placed::value),
                            follows,
                            candidates(follows, databases)));
        }
        return addresses;
    }

    private static Follows follows(Fields fields) {
        return fields.sound(Keys.FOLLOWS) instanceof Follows.HealthyListener(String listener, _)
                ? new Follows.HealthyListener(listener, fields.sound(Keys.FAILBACK))
                : fields.sound(Keys.FOLLOWS);
    }

    /**
     * The nodes that may have an address: those with a member of the database it follows, or, for a
     * listener, all.
     */
    private List<NodeName> candidates(
            Follows follows, Map<DatabaseName, DatabaseConfig> databases) {
        if (follows instanceof Follows.HealthyListener) {
            return root.section(Keys.CLUSTER).table(Keys.NODES).names().stream()
                    .map(NodeName::new)
                    .toList();
        }
        return AddressChecks.database(follows)
                .map(databases::get)
                .map(database -> database.members().values().stream())
                .orElseGet(Stream::empty)
                .map(Member::node)
                .distinct()
                .toList();
    }

    private AdminConfig admin(ClusterConfig cluster) {
        Fields fields = root.section(Keys.ADMIN);
        Path tokenFile =
                fields.value(Keys.TOKEN_FILE)
                        .map(placed -> resolve(placed.value()))
                        .orElseGet(() -> cluster.directory().resolve("admin.token"));
        return new AdminConfig(
                fields.sound(Keys.ADMIN_BIND),
                tokenFile,
                AdminKeys.tls(fields, this::resolve),
                AdminKeys.users(fields),
                RuntimeKeys.build(fields, this::resolve));
    }
}
