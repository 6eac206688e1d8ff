package org.nnsight4j.server.http;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.glassfish.jersey.jackson.JacksonFeature;
import org.glassfish.jersey.media.sse.SseFeature;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;
import org.glassfish.jersey.servlet.ServletContainer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.ClientAddress;
import org.nnsight4j.server.options.Tls;

/** One port with its resources. */
public final class HttpServer implements AutoCloseable {
  private static final int IDLE_MILLIS = 30_000;
  private static final int HEADERS = 8 << 10;
  private static final int CONNECTIONS = 2000;
  private static final int CONNECTIONS_PER_ADDRESS = CONNECTIONS / 2;

  /** These threads move bytes and answer probes, and never wait. */
  private static final int IO_THREADS = 16;

  private static final long LAST_WORDS_MILLIS = 2000;

  /** Paths for probes, on both ports. */
  public static final Set<String> PROBES = Set.of(Probes.LIVE, Probes.READY);

  /** Paths that need no key. */
  static final Set<String> OPEN = Set.of("openapi.json", "metrics");

  /**
   * This logger warns about each resource that is an object and not a class, although Jersey serves
   * them.
   */
  private static final Logger REGISTERING =
      Logger.getLogger("org.glassfish.jersey.internal.inject.Providers");

  /** This logger prints a stack trace for each client that goes away while it reads. */
  private static final Logger WRITING =
      Logger.getLogger("org.glassfish.jersey.server.ServerRuntime$Responder");

  static {
    REGISTERING.setLevel(Level.SEVERE);
    WRITING.setLevel(Level.OFF);
  }

  private final Server server;

  /**
   * @param threads how many threads handle requests
   * @param problems the reasons why the server is not ready
   * @param log logs each answer; null for no log
   * @param before handles some requests before resources would
   */
  HttpServer(
      String name,
      String host,
      int port,
      int threads,
      @Nullable Tls tls,
      ClientAddress addresses,
      Supplier<List<String>> problems,
      @Nullable RequestLog log,
      UnaryOperator<Handler> before,
      ResourceConfig resources)
      throws Exception {
    server = new Server(pool(name + "-io", IO_THREADS));
    QueuedThreadPool pool = pool(name, threads);
    server.addBean(pool);
    ServerConnector connector = new ServerConnector(server, 1, 1, factories(tls));
    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(IDLE_MILLIS);
    server.addConnector(connector);
    connector.addBean(new AddressLimit(CONNECTIONS_PER_ADDRESS, addresses));
    server.addBean(new NetworkConnectionLimit(CONNECTIONS, server));
    ServletContextHandler context = new ServletContextHandler();
    ServletHolder holder = new ServletHolder(new ServletContainer(resources));
    holder.setAsyncSupported(true);
    holder.setInitOrder(1);
    context.addServlet(holder, "/*");
    server.setHandler(
        new Exchange.Begin(
            new Probes(
                problems, new OnThreads(pool, new HangUps(new LateBody(before.apply(context)))))));
    if (log != null) {
      server.setRequestLog(log);
    }
    server.setErrorHandler(new JettyErrors());
    context.setErrorHandler(new JettyErrors());
    server.setStopTimeout(LAST_WORDS_MILLIS);
    try {
      server.start();
    } catch (IOException e) {
      throw new IOException(
          "expected to listen on port %s of %s, cannot: %s; is it in use? Others are chosen by --port and --admin-port"
              .formatted(port, host, Objects.requireNonNullElse(e.getCause(), e).getMessage()),
          e);
    }
  }

  private static QueuedThreadPool pool(String name, int threads) {
    QueuedThreadPool pool = new QueuedThreadPool(threads, 8);
    pool.setName(name);
    pool.setDaemon(true);
    return pool;
  }

  private static ConnectionFactory[] factories(@Nullable Tls tls) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(HEADERS);
    http.setUriCompliance(UriCompliance.RFC3986);
    http.setOutputBufferSize(64 << 10);
    HttpConnectionFactory plain = new HttpConnectionFactory(http);
    if (tls == null) {
      return new ConnectionFactory[] {plain};
    }
    SecureRequestCustomizer secure = new SecureRequestCustomizer();
    // Clients may use an address; they check the certificate, not the server its own name.
    secure.setSniHostCheck(false);
    http.addCustomizer(secure);
    SslContextFactory.Server ssl = new SslContextFactory.Server();
    ssl.setKeyStorePath(tls.keystore().toAbsolutePath().toString());
    ssl.setKeyStoreType("PKCS12");
    ssl.setKeyStorePassword(tls.password());
    ssl.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    return new ConnectionFactory[] {new SslConnectionFactory(ssl, plain.getProtocol()), plain};
  }

  /** The components that all ports have. */
  static ResourceConfig resources(Object... components) {
    ResourceConfig config = new ResourceConfig();
    config.property(ServerProperties.WADL_FEATURE_DISABLE, true);
    config.property(ServerProperties.RESPONSE_SET_STATUS_OVER_SEND_ERROR, true);
    config.property(ServerProperties.FEATURE_AUTO_DISCOVERY_DISABLE, true);
    config.register(JacksonFeature.class);
    config.register(SseFeature.class);
    config.register(new HeadersFilter());
    for (Object component : components) {
      config.register(component);
    }
    return config;
  }

  public int port() {
    return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the HTTP server did not stop", e);
    }
  }
}
