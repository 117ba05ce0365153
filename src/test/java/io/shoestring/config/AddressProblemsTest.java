package io.shoestring.config;

import static io.shoestring.config.Configs.problems;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressProblemsTest {
    private static String with(String addresses) {
        return Configs.SMALLEST + "addresses:\n" + addresses;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "10.0.0.100|'10.0.0.100' has no length of a prefix; expected an IP address with the"
                        + " length of its subnet's prefix, such as 10.0.0.100/24; did you mean"
                        + " '10.0.0.100/24'?",
                "10.0.0.100/33|'/33' is not the length of a prefix (1 to 32)",
                "10.0.0.0/24|'10.0.0.0' is no address that a machine of a subnet can have",
                "10.0.0.255/24|'10.0.0.255' is no address that a machine of a subnet can have",
                "127.0.0.2/8|'127.0.0.2' is no address that a machine",
                "224.0.0.5/24|'224.0.0.5' is no address that a machine",
                "\"fe80::1/64\"|'fe80::1' is no address that a machine",
                "\"fd00::/64\"|'fd00::' is no address that a machine",
                "db.example.com/24|'db.example.com' is not an IP address",
                "10.0.0.1.2/24|'10.0.0.1.2' is not an IP address",
            })
    void whatIsNotOneMachinesAddressIsRefused(String written, String problem) {
        String text = with("  writer: { address: " + written + ", follows: primary of shop }\n");
        assertThat(problems(text))
                .singleElement()
                .asString()
                .contains("addresses.writer.address: " + problem);
    }

    @Test
    void theLastAddressesOfASmallSubnetAreMachines() {
        String text =
                with(
                        """
                          a: { address: 10.0.0.0/31, follows: primary of shop }
                          b: { address: 10.0.0.7/32, follows: primary of shop }
                          c: { address: "fd00::ff/120", follows: primary of shop }
                        """);
        assertThat(Configs.sound(text).addresses()).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "primary of shpo|there is no database 'shpo'; expected shop; did you mean 'shop'?",
                "shop|'shop' is nothing that an address can follow; expected 'primary of' or"
                        + " 'replicas of' and the name of a database, or 'listener' and the name of"
                        + " a listener, such as 'primary of shop'; did you mean 'primary of shop'?",
                "replica of shop|'replica of shop' is nothing that an address can follow; expected"
                        + " 'primary of' or 'replicas of' and the name of a database, or 'listener'"
                        + " and the name of a listener, such as 'primary of shop'; did you mean"
                        + " 'replicas of shop'?",
                "replicas of shpo|there is no database 'shpo'; expected shop; did you mean 'shop'?",
                "listener web|there is no listener 'web'",
                "primary|'primary' is nothing that an address can follow",
            })
    void onlyWhatIsThereCanBeFollowed(String written, String problem) {
        String text = with("  writer: { address: 10.0.0.100/24, follows: " + written + " }\n");
        assertThat(problems(text))
                .singleElement()
                .asString()
                .contains("addresses.writer.follows: " + problem);
    }

    @Test
    void onlyTheAddressOfAListenerCanGoBack() {
        String text =
                with(
                        "  reader: { address: 10.0.0.100/24, follows: replicas of shop, failback:"
                                + " yes }\n");
        assertThat(problems(text))
                .singleElement()
                .asString()
                .contains(
                        "addresses.reader.failback: only an address that follows a listener can go"
                                + " back; leave it out");
    }

    @Test
    void anAddressIsNobodyElses() {
        String text =
                with("""
                  one: { address: 10.0.0.100/24, follows: primary of shop }
                  two: { address: 10.0.0.100/24, follows: primary of shop }
                  own: { address: 10.0.0.10/24, follows: primary of shop }
                """)
                        .replace("local: 127.0.0.1", "local: 10.0.0.10");
        assertThat(problems(text))
                .hasSize(2)
                .anySatisfy(
                        each ->
                                assertThat(each)
                                        .contains(
                                                "addresses.two.address: 10.0.0.100 is already the"
                                                        + " address of addresses.one.address;"
                                                        + " choose an address that no machine"
                                                        + " has"))
                .anySatisfy(
                        each ->
                                assertThat(each)
                                        .contains(
                                                "addresses.own.address: 10.0.0.10 is already the"
                                                        + " address of node local"));
    }

    @Test
    void anInterfaceHasANameThatLinuxTakes() {
        String text =
                with(
                        "  writer: { address: 10.0.0.100/24, follows: primary of shop,"
                                + " interface: a/b }\n");
        assertThat(problems(text))
                .singleElement()
                .asString()
                .contains("'a/b' is not the name of a network interface");
    }
}
