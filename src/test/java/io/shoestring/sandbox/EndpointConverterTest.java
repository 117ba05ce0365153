package io.shoestring.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.model.Endpoint;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine.TypeConversionException;

class EndpointConverterTest {
    private final EndpointConverter converter = new EndpointConverter();

    @Test
    void readsAddressesAndPorts() {
        assertThat(converter.convert("0.0.0.0:6432")).isEqualTo(new Endpoint("0.0.0.0", 6432));
        assertThat(converter.convert("[::1]:6432")).isEqualTo(new Endpoint("::1", 6432));
        assertThat(converter.convert("6432")).isEqualTo(new Endpoint("127.0.0.1", 6432));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "localhost:", ":6432", "localhost:70000", ""})
    void saysWhatAnAddressLooksLike(String text) {
        assertThatThrownBy(() -> converter.convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("127.0.0.1:6432");
    }
}
