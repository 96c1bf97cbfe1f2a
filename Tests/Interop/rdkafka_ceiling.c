// The opponent of `tidemark ceiling`: a librdkafka producer that sends as fast as it can, as rdkafka_performance -P does: one
// message after the other from one buffer, copied, delivery reports counted. Prints records a second over the measured seconds.
//   rdkafka_ceiling BROKER RECORD-BYTES BATCH-BYTES LINGER-MS IN-FLIGHT SECONDS
#include <librdkafka/rdkafka.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t delivered, failed;

static void report(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    (void)client, (void)opaque;
    if (message->err) failed++; else delivered++;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void set(rd_kafka_conf_t *conf, const char *key, const char *value) {
    char error[512];
    if (rd_kafka_conf_set(conf, key, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "%s=%s: %s\n", key, value, error);
        exit(1);
    }
}

int main(int count, char **words) {
    if (count != 7) return fprintf(stderr, "rdkafka_ceiling BROKER RECORD-BYTES BATCH-BYTES LINGER-MS IN-FLIGHT SECONDS\n"), 64;
    size_t bytes = strtoul(words[2], NULL, 10);
    double seconds = atof(words[6]);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", words[1]);
    set(conf, "batch.size", words[3]);
    // So that the bytes of a batch decide, not the number of its messages.
    set(conf, "batch.num.messages", "1000000");
    set(conf, "linger.ms", words[4]);
    set(conf, "max.in.flight", words[5]);
    set(conf, "acks", "all");
    set(conf, "compression.codec", "none");
    set(conf, "queue.buffering.max.messages", "1000000");
    set(conf, "queue.buffering.max.kbytes", "1048576");
    rd_kafka_conf_set_dr_msg_cb(conf, report);
    char error[512];
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    if (!client) return fprintf(stderr, "%s\n", error), 1;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, "ceiling", NULL);
    char *value = malloc(bytes);
    for (size_t n = 0; n < bytes; n++) value[n] = (char)(n * 31 + 7);
    double start = now() + 1, end = start + seconds, from = 0;
    uint64_t before = 0;
    for (uint64_t sent = 0;; sent++) {
        while (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, value, bytes, NULL, 0, NULL) < 0) rd_kafka_poll(client, 1);
        if (sent % 256) continue;
        rd_kafka_poll(client, 0);
        double time = now();
        if (!from && time >= start) from = time, before = delivered;
        if (time < end) continue;
        printf("%.0f\n", (double)(delivered - before) / (time - from));
        if (failed) return fprintf(stderr, "%llu messages failed\n", (unsigned long long)failed), 1;
        // What is still queued is not waited for.
        fflush(stdout);
        _Exit(0);
    }
}
