package io.shoestring.consensus.etcd;

import io.shoestring.consensus.ConsensusException;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** Asks each member how it is, which needs no majority, and says in a sentence who is missing. */
record EtcdSilence(HttpClient http, List<URI> endpoints) {
    /** How long the asking takes at most. */
    static final Duration MOST = Duration.ofMillis(500);

    String sentence() throws ConsensusException {
        Map<URI, CompletableFuture<String>> asked = new LinkedHashMap<>();
        endpoints.forEach(endpoint -> asked.put(endpoint, ask(endpoint)));
        try {
            CompletableFuture.allOf(asked.values().toArray(CompletableFuture[]::new))
                    .get(MOST.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConsensusException("The call was interrupted; its effect is unknown.", e);
        } catch (ExecutionException | TimeoutException e) {
            // Whoever has not answered by now is silent.
        }
        return asked.entrySet().stream()
                .map(each -> each.getKey() + " " + heard(each.getValue()))
                .collect(Collectors.joining(", "));
    }

    private CompletableFuture<String> ask(URI endpoint) {
        HttpRequest request =
                HttpRequest.newBuilder(endpoint.resolve("/v3/maintenance/status"))
                        .timeout(MOST)
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build();
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .thenApply(EtcdSilence::said);
    }

    private static String said(HttpResponse<String> answer) {
        try {
            JsonNode status = EtcdCalls.parse(answer.body());
            boolean leaderless =
                    answer.statusCode() == 200 && EtcdKeys.number(status, "leader") == 0;
            return leaderless ? "knows no leader" : "answers";
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private static String heard(CompletableFuture<String> answer) {
        boolean came = answer.isDone() && !answer.isCompletedExceptionally();
        return came ? answer.join() : "does not answer";
    }
}
