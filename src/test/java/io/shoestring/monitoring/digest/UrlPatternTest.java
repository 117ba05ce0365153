package io.shoestring.monitoring.digest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class UrlPatternTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "/ /",
                "/shop/123/cart;jsessionid=1?a=b#c /shop/{n}/cart",
                "//shop///12/ /shop/{n}/",
                "/api/v1/users/42 /api/v1/users/{n}",
                "/u/7d9f3a9e-0b0e-4c0f-9d5e-1f2a3b4c5d6e /u/{uuid}",
                "/o/01ARZ3NDEKTSV4RRFFQ69G5FAV /o/{token}",
                "/c/d41d8cd98f00b204e9800998ecf8427e /c/{hex}",
                "/m/someone@example.org/x /m/{mail}/x",
                "/news/2026-11-21/today /news/{date}/today",
                "/p/123-red-shoe /p/{n-slug}",
                "/errors/404 /errors/404",
                "/assets/app.9f8e7d6c.js /assets/*.js",
                "/logo.PNG /*.PNG",
                "/t/eyJhbGciOiJIUzI1NiIsInR5cCI6 /t/{token}",
                "/about-us/our_team /about-us/our_team",
                "http://example.org/a/1 /a/{n}",
                "http://example.org /",
                "* *",
                "/a/b/c/d/e/f/g/h/i/j/k/l /a/b/c/d/e/f/g/h/i/j/…",
            })
    void takesOutWhatDiffers(String target, String pattern) {
        assertThat(UrlPattern.of(target)).isEqualTo(pattern);
    }

    @Test
    void staysShort() {
        assertThat(UrlPattern.of("/" + "x".repeat(5_000))).isEqualTo("/{long}");
        assertThat(UrlPattern.of("/abcdefghi".repeat(500)).length()).isLessThan(300);
    }
}
