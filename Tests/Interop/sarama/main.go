// Sarama as a person would use it, one action a call; records go out as JSON, a line each.
//
//	sarama [-tls CA] [-user USER] BROKER produce TOPIC CODEC COUNT [idempotent]
//	sarama [-tls CA] [-user USER] BROKER consume TOPIC COUNT
//	sarama BROKER group TOPIC GROUP           until SIGTERM, which leaves the group
//	sarama BROKER admin create TOPIC PARTITIONS KEY=VALUE... | describe TOPIC | set TOPIC KEY=VALUE... | grow TOPIC PARTITIONS | delete TOPIC
//
// The password comes from the environment, SARAMA_PASSWORD.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io/ioutil"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/Shopify/sarama"
)

type record struct {
	Partition int32             `json:"partition"`
	Offset    int64             `json:"offset"`
	Key       string            `json:"key"`
	Value     string            `json:"value"`
	Headers   map[string]string `json:"headers"`
}

var output sync.Mutex

func print(value interface{}) {
	line, err := json.Marshal(value)
	check(err)
	output.Lock()
	defer output.Unlock()
	fmt.Println(string(line))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "sarama:", err)
		os.Exit(1)
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	check(err)
	return value
}

var codecs = map[string]sarama.CompressionCodec{
	"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
	"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
}

func produce(brokers []string, config *sarama.Config, topic, codec string, count int, idempotent bool) {
	config.Producer.Compression = codecs[codec]
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Idempotent = idempotent
	if idempotent {
		config.Net.MaxOpenRequests = 1
	}
	producer, err := sarama.NewSyncProducer(brokers, config)
	check(err)
	messages := make([]*sarama.ProducerMessage, count)
	for n := range messages {
		messages[n] = &sarama.ProducerMessage{
			Topic: topic, Key: sarama.StringEncoder(fmt.Sprintf("key %d", n%17)),
			Value:   sarama.StringEncoder(strings.Repeat(fmt.Sprintf("%s value %d ", codec, n), 4)),
			Headers: []sarama.RecordHeader{{Key: []byte("n"), Value: []byte(strconv.Itoa(n))}},
		}
	}
	if err := producer.SendMessages(messages); err != nil {
		if failed, ok := err.(sarama.ProducerErrors); ok {
			check(fmt.Errorf("%d of %d messages were not delivered, the first because %v", len(failed), count, failed[0].Err))
		}
		check(err)
	}
	check(producer.Close())
	for _, each := range messages {
		key, _ := each.Key.Encode()
		value, _ := each.Value.Encode()
		print(record{each.Partition, each.Offset, string(key), string(value), map[string]string{"n": string(each.Headers[0].Value)}})
	}
}

func told(message *sarama.ConsumerMessage) record {
	headers := map[string]string{}
	for _, each := range message.Headers {
		headers[string(each.Key)] = string(each.Value)
	}
	return record{message.Partition, message.Offset, string(message.Key), string(message.Value), headers}
}

func consume(brokers []string, config *sarama.Config, topic string, count int) {
	consumer, err := sarama.NewConsumer(brokers, config)
	check(err)
	partitions, err := consumer.Partitions(topic)
	check(err)
	messages := make(chan *sarama.ConsumerMessage)
	for _, partition := range partitions {
		claim, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
		check(err)
		go func() {
			for message := range claim.Messages() {
				messages <- message
			}
		}()
	}
	for n := 0; n < count; n++ {
		select {
		case message := <-messages:
			print(told(message))
		case <-time.After(30 * time.Second):
			check(fmt.Errorf("%d of %d records came, then none for 30 s", n, count))
		}
	}
}

type member struct{}

func (member) Setup(session sarama.ConsumerGroupSession) error {
	print(map[string]interface{}{"claims": session.Claims(), "generation": session.GenerationID()})
	return nil
}
func (member) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		print(told(message))
		session.MarkMessage(message, "")
	}
	return nil
}

func group(brokers []string, config *sarama.Config, topic, name string) {
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.CommitInterval = 200 * time.Millisecond
	// Without a retention this Sarama commits by version 1 of OffsetCommit, which Kafka 4 does not serve either.
	config.Consumer.Offsets.Retention = 24 * time.Hour
	config.Consumer.Group.Session.Timeout = 6 * time.Second
	config.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	consumer, err := sarama.NewConsumerGroup(brokers, name, config)
	check(err)
	ctx, leave := context.WithCancel(context.Background())
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() { <-stop; leave() }()
	for ctx.Err() == nil {
		check(consumer.Consume(ctx, []string{topic}, member{}))
	}
	check(consumer.Close())
}

func entries(arguments []string) map[string]*string {
	made := map[string]*string{}
	for _, each := range arguments {
		pair := strings.SplitN(each, "=", 2)
		made[pair[0]] = &pair[1]
	}
	return made
}

func admin(brokers []string, config *sarama.Config, action, topic string, rest []string) {
	cluster, err := sarama.NewClusterAdmin(brokers, config)
	check(err)
	switch action {
	case "create":
		check(cluster.CreateTopic(topic, &sarama.TopicDetail{
			NumPartitions: int32(number(rest[0])), ReplicationFactor: 1, ConfigEntries: entries(rest[1:])}, false))
	case "describe":
		// ListTopics and DescribeConfig of this Sarama speak a version of DescribeConfigs that Kafka 4 does not serve either.
		client, err := sarama.NewClient(brokers, config)
		check(err)
		topics, err := client.Topics()
		check(err)
		partitions := []int32{}
		for _, each := range topics {
			if each == topic {
				partitions, err = client.Partitions(topic)
				check(err)
			}
		}
		print(map[string]int{"partitions": len(partitions)})
		check(client.Close())
	case "set":
		check(cluster.AlterConfig(sarama.TopicResource, topic, entries(rest), false))
	case "grow":
		check(cluster.CreatePartitions(topic, int32(number(rest[0])), nil, false))
	case "delete":
		check(cluster.DeleteTopic(topic))
	default:
		check(fmt.Errorf("no action %q", action))
	}
	check(cluster.Close())
}

func main() {
	authority := flag.String("tls", "", "the file of an authority: connects by TLS")
	user := flag.String("user", "", "proves to be this user, by PLAIN")
	flag.Parse()
	config := sarama.NewConfig()
	config.Version = sarama.V2_1_0_0
	config.ClientID = "sarama-interop"
	if *authority != "" {
		text, err := ioutil.ReadFile(*authority)
		check(err)
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(text)
		config.Net.TLS.Enable = true
		config.Net.TLS.Config = &tls.Config{RootCAs: pool}
	}
	if *user != "" {
		config.Net.SASL.Enable = true
		config.Net.SASL.User = *user
		config.Net.SASL.Password = os.Getenv("SARAMA_PASSWORD")
	}
	all := flag.Args()
	if len(all) < 4 {
		check(fmt.Errorf("BROKER, an action, a topic and what the action needs are expected"))
	}
	brokers, action, rest := strings.Split(all[0], ","), all[1], all[2:]
	switch action {
	case "produce":
		produce(brokers, config, rest[0], rest[1], number(rest[2]), len(rest) > 3)
	case "consume":
		consume(brokers, config, rest[0], number(rest[1]))
	case "group":
		group(brokers, config, rest[0], rest[1])
	case "admin":
		admin(brokers, config, rest[0], rest[1], rest[2:])
	default:
		check(fmt.Errorf("no action %q", action))
	}
}
