package org.nnsight4j.server.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;

/** What every answer says: it is nobody else's, and it is what it says it is. */
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
