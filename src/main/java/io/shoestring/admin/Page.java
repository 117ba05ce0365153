package io.shoestring.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;

import static java.util.Objects.requireNonNull;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The page's own files: the shell, the log-in form, and what both load. None holds a secret. */
final class Page {
    private static final List<String> ASSETS =
            List.of(
                    "page.css",
                    "page.js",
                    "dom.js",
                    "text.js",
                    "flow.js",
                    "topology.js",
                    "tables.js",
                    "machines.js",
                    "graphs.js",
                    "changes.js",
                    "stories.js",
                    "commands.js",
                    "login.js",
                    "icon.svg");

    private final Map<String, Asset> assets = new LinkedHashMap<>();
    private final String shell;
    private final String loginForm;
    private final String userForm;

    Page() {
        ASSETS.forEach(name -> assets.put(name, Asset.of(name, resource(name))));
        shell = resource("page.html");
        String form = resource("login.html");
        loginForm = fill(form, "fields", resource("login-token.html"));
        userForm = fill(form, "fields", resource("login-user.html"));
    }

    /** The page itself; what the visitor may not do it does not offer. */
    Answer.Whole shell(String cluster, String version, Visitor visitor) {
        String filled = fill(fill(shell, "cluster", escape(cluster)), "version", escape(version));
        String withUser = fill(filled, "user", escape(visitor.name()));
        return Answer.html(OK, fill(withUser, "role", Gate.told(visitor.role())));
    }

    /**
     * The log-in form.
     *
     * @param once whether the page is to be shown once, without going on to follow the node
     * @param users whether a name is asked for, too
     */
    Answer.Whole loginForm(HttpResponseStatus status, String problem, boolean once, boolean users) {
        String form = users ? userForm : loginForm;
        String withProblem = fill(form, "problem", escape(problem));
        return Answer.html(status, fill(withProblem, "query", once ? "?once=1" : ""));
    }

    Answer.Whole asset(Request request, String name) throws Refusal {
        Asset asset = assets.get(name);
        if (asset == null) {
            throw Refusal.notFound("There is nothing at " + request.path() + ".");
        }
        boolean fresh =
                request.header(HttpHeaderNames.IF_NONE_MATCH).orElse("").equals(asset.tag());
        return new Answer.Whole(
                fresh ? HttpResponseStatus.NOT_MODIFIED : OK,
                asset.type(),
                fresh ? "" : asset.body(),
                Map.of(HttpHeaderNames.ETAG, asset.tag()));
    }

    private static String fill(String template, String name, String value) {
        return template.replace("{{" + name + "}}", value);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    private static String resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            return new String(
                    requireNonNull(in, () -> "not in the build: " + name).readAllBytes(),
                    StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Asset(String type, String body, String tag) {
        static Asset of(String name, String body) {
            String ending = name.substring(name.lastIndexOf('.') + 1);
            String type =
                    switch (ending) {
                        case "css" -> "text/css; charset=utf-8";
                        case "js" -> "text/javascript; charset=utf-8";
                        case "svg" -> "image/svg+xml";
                        default -> "application/octet-stream";
                    };
            String digest = HexFormat.of().formatHex(Secrets.digest(body));
            return new Asset(type, body, '"' + digest.substring(0, 16) + '"');
        }
    }
}
