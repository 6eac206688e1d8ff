package org.nnsight4j.server.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;

/** Gives the answers of resources the headers of every answer. */
final class HeadersFilter implements ContainerResponseFilter {
  @Override
  public void filter(ContainerRequestContext request, ContainerResponseContext response) {
    boolean secure = "https".equals(request.getUriInfo().getRequestUri().getScheme());
    Answer.everywhere(secure, response.getHeaders()::putSingle);
  }
}
