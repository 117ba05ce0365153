package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class KnownSettingsTest {
    private static final Map<String, String> FIRST = Map.of("TimeZone", "UTC", "role", "a");
    private static final Map<String, String> SECOND = Map.of("TimeZone", "CET", "role", "a");

    private final KnownSettings known = new KnownSettings();
    private final List<String> told = new ArrayList<>();

    private List<String> tellAll(Map<String, String> all) {
        told.clear();
        known.tellAll(all, (name, value) -> told.add(name + "=" + value));
        return told;
    }

    @Test
    void onlyWhatIsNewIsTold() {
        known.begin(FIRST);

        assertThat(tellAll(FIRST)).isEmpty();
        assertThat(tellAll(SECOND)).containsExactly("TimeZone=CET");
        assertThat(tellAll(SECOND)).isEmpty();
        assertThat(tellAll(FIRST)).containsExactly("TimeZone=UTC");
        assertThat(known.value("TimeZone")).isEqualTo("UTC");
        assertThat(known.value("DateStyle")).isEmpty();
    }

    @Test
    void whatOneClientHasChangedIsItsOwn() {
        KnownSettings other = new KnownSettings();
        known.begin(FIRST);
        other.begin(FIRST);

        known.tell("TimeZone", "CET");

        assertThat(known.value("TimeZone")).isEqualTo("CET");
        assertThat(other.value("TimeZone")).isEqualTo("UTC");
        assertThat(tellAll(FIRST))
                .as("the next server has it otherwise")
                .containsExactly("TimeZone=UTC");
    }

    /** A server that tells less does not take back what another one has told. */
    @Test
    void whatIsNotToldAgainStays() {
        known.begin(FIRST);

        assertThat(tellAll(Map.of("role", "b"))).containsExactly("role=b");

        assertThat(known.value("TimeZone")).isEqualTo("UTC");
    }
}
