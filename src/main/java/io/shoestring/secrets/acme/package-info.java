/**
 * Certificates that the cluster gets for itself by ACME (RFC 8555). Starting point: {@link
 * io.shoestring.secrets.acme.CertificateKeeper}.
 */
@NullMarked
package io.shoestring.secrets.acme;

import org.jspecify.annotations.NullMarked;
