package io.shoestring.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.CONFLICT;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.ConfigurationReply;
import io.shoestring.admin.api.ConfigurationRequest;
import io.shoestring.admin.api.Json;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /api/v1/configuration}. Its callers have passed the {@link Gate}. */
final class ConfigurationApi {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationApi.class);

    private final Configurations configurations;

    ConfigurationApi(Configurations configurations) {
        this.configurations = requireNonNull(configurations, "configurations is null");
    }

    /** Answers when every node works by it, or does not. */
    Answer apply(Call call) throws Refusal {
        Asked.check(call.request());
        String who = call.who();
        ConfigurationReply reply = configurations.apply(asked(call.request()), who);
        LOG.info("{} asked for another configuration: {}", who, reply.sentence());
        return Answer.json(reply.accepted() ? OK : CONFLICT, reply);
    }

    private static ConfigurationRequest asked(Request request) throws Refusal {
        try {
            return Json.readStrictly(request.body(), ConfigurationRequest.class);
        } catch (IllegalArgumentException e) {
            throw Refusal.badRequest(
                    "The body is not understood; it is to be like {\"file\": \"shoestring.yaml\","
                            + " \"text\": \"cluster: …\", \"absent\": [], \"checkOnly\": false}.");
        }
    }
}
