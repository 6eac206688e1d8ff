package org.nnsight4j.server.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;

/** Headers of every answer: no cache may share it, and its media type is as declared. */
final class HeadersFilter implements ContainerResponseFilter {
  static final String A_YEAR = "max-age=31536000";

  @Override
  public void filter(ContainerRequestContext request, ContainerResponseContext response) {
    response.getHeaders().putSingle("Cache-Control", "no-store");
    response.getHeaders().putSingle("X-Content-Type-Options", "nosniff");
    if ("https".equals(request.getUriInfo().getRequestUri().getScheme())) {
      response.getHeaders().putSingle("Strict-Transport-Security", A_YEAR);
    }
  }
}
